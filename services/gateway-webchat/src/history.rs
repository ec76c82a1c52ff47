//! What a visitor missed: router knows.

use std::time::Duration;

use contracts::channel::{AskMissedRequest, AskMissedResponse};
use gateway_kit::{Front, Gateway};
use model::AccountId;
use uuid::Uuid;

const ASK_WAIT: Duration = Duration::from_secs(2);
/// Messages of one page.
pub const PAGE: u32 = 50;

/// Which messages.
#[derive(Debug, Clone, Default)]
pub struct Stretch {
    /// After this one, with a little before it; what is no id asks for the newest page.
    pub after: Option<String>,
    /// Older than this one.
    pub before: Option<String>,
    pub limit: u32,
}

/// The messages of one person; `None`: router does not answer now. A stranger has none.
pub async fn missed<G: Gateway>(
    front: &Front<G>,
    account: AccountId,
    addresses: Vec<String>,
    stretch: Stretch,
) -> Option<AskMissedResponse> {
    if addresses.is_empty() {
        return Some(AskMissedResponse::default());
    }
    let id = |text: Option<String>| text.filter(|id| Uuid::parse_str(id).is_ok()).unwrap_or_default();
    let question = AskMissedRequest {
        account_id: account.to_string(),
        scope: account.to_string(),
        addresses,
        after_message_id: id(stretch.after),
        before_message_id: id(stretch.before),
        limit: stretch.limit,
    };
    front.ask("missed", &question, ASK_WAIT).await.ok()
}
