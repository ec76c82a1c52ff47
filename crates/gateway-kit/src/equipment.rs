//! What a connection is given before anything is asked of it.

use std::{sync::Arc, time::Duration};

use bus::{Beats, Bus, names};
use contracts::channel::{AskChatsRequest, AskChatsResponse};
use model::AccountId;
use tracing::warn;

use crate::{Media, account::Account};

/// Router's lag above which no history is brought (rule I6).
const LAG: Duration = Duration::from_millis(200);
/// An answer that comes later is asked for the next time.
const ASK_WAIT: Duration = Duration::from_secs(2);

/// For channels that keep what they receive, and bring history.
#[derive(Clone)]
pub struct Equipment {
    /// Where they keep it, below `in/<account>/`.
    pub media: Media,
    pub imports: Imports,
    pub chats: Chats,
}

impl Equipment {
    /// For a process without router: a gateway's own tests.
    #[must_use]
    pub fn alone(media: Media) -> Self {
        Self { media, imports: Imports(None), chats: Chats(Known::Nobody) }
    }
}

/// Whether history may be brought now.
#[derive(Clone)]
pub struct Imports(Option<(Beats, Arc<Account>)>);

impl Imports {
    pub(crate) fn of(beats: Beats, account: Arc<Account>) -> Self {
        Self(Some((beats, account)))
    }

    /// Router is there and has no backlog: what is new comes first.
    #[must_use]
    pub fn may_go(&self) -> bool {
        self.0.as_ref().is_none_or(|(beats, account)| beats.lag(account.part()).is_some_and(|lag| lag < LAG))
    }
}

/// Where the people of an account are answered, as router has it: any replica may have taken their messages.
#[derive(Clone)]
pub struct Chats(Known);

#[derive(Clone)]
enum Known {
    Nobody,
    #[cfg(any(test, feature = "conformance"))]
    These(AskChatsResponse),
    Router(Box<Bus>, AccountId),
}

impl Chats {
    pub(crate) fn of(bus: Bus, account: AccountId) -> Self {
        Self(Known::Router(Box::new(bus), account))
    }

    /// What a gateway's own test says in router's place.
    #[cfg(any(test, feature = "conformance"))]
    #[must_use]
    pub fn told(answer: AskChatsResponse) -> Self {
        Self(Known::These(answer))
    }

    /// Those with the newest messages first, at most `limit`; `None`: router does not answer.
    pub async fn latest(&self, limit: u32) -> Option<AskChatsResponse> {
        let (bus, account) = match &self.0 {
            Known::Nobody => return None,
            #[cfg(any(test, feature = "conformance"))]
            Known::These(answer) => return Some(answer.clone()),
            Known::Router(bus, account) => (bus, account),
        };
        let question = AskChatsRequest { account_id: account.to_string(), limit };
        let answer = bus::ask(bus, names::question("chats"), &question, ASK_WAIT).await;
        answer
            .inspect_err(
                |error| warn!(account.id = %account, %error, "router does not tell where an account has chats"),
            )
            .ok()
    }
}
