use contracts::live::{Audience, Event, PresenceSignal, watch_response::What};
use rpc::Caller;

use crate::live::audience::may_learn;

/// Something that is true for a moment: told to whoever is there, never kept, never resumed.
///
/// Typing joins once signals travel over the bus with their audience: one more constructor here, one more reader there.
#[derive(Debug, Clone)]
pub struct Signal {
    audience: Audience,
    pub what: What,
}

impl Signal {
    /// Colleagues' presence is no secret.
    #[must_use]
    pub fn presence(presence: PresenceSignal) -> Self {
        let audience = Audience { everyone: true, ..Audience::default() };
        Self { audience, what: What::Presence(presence) }
    }

    #[must_use]
    pub fn is_for(&self, caller: &Caller) -> bool {
        may_learn(caller, &Event { audience: Some(self.audience.clone()), ..Event::default() })
    }
}
