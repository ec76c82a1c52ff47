use std::{collections::HashMap, sync::Arc};

use model::AccountId;
use parking_lot::Mutex;

use crate::worker::Session;

/// The accounts that are worked here now.
pub(crate) struct Sessions<G>(Mutex<HashMap<AccountId, Arc<Session<G>>>>);

impl<G> Sessions<G> {
    pub fn new() -> Self {
        Self(Mutex::new(HashMap::new()))
    }

    pub fn find(&self, account: AccountId) -> Option<Arc<Session<G>>> {
        self.0.lock().get(&account).cloned()
    }

    /// Enters a session for as long as the result lives.
    pub fn enter(self: &Arc<Self>, session: &Arc<Session<G>>) -> Entered<G> {
        self.0.lock().insert(session.account.id, session.clone());
        Entered { sessions: self.clone(), account: session.account.id }
    }
}

pub(crate) struct Entered<G> {
    sessions: Arc<Sessions<G>>,
    account: AccountId,
}

impl<G> Drop for Entered<G> {
    fn drop(&mut self) {
        self.sessions.0.lock().remove(&self.account);
    }
}
