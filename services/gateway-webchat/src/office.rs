//! Whether somebody is there: asked of router, remembered for a few seconds.

use std::{collections::HashMap, sync::Arc, time::Duration};

use contracts::channel::{AskOfficeRequest, AskOfficeResponse};
use gateway_kit::{Front, Gateway};
use model::AccountId;
use parking_lot::Mutex;
use tokio::{sync::Mutex as AsyncMutex, time::Instant};

use crate::{show::ms, wire::Office};

const FRESH: Duration = Duration::from_secs(5);
const ASK_WAIT: Duration = Duration::from_secs(1);

#[derive(Default)]
pub struct Offices(Mutex<HashMap<AccountId, Arc<AsyncMutex<Option<Known>>>>>);

struct Known {
    at: Instant,
    office: Option<Office>,
}

impl Offices {
    /// The account's office, a few seconds old at most; `None`: router does not say, and it counts as open. Whoever asks
    /// at the same time shares one question.
    pub async fn get<G: Gateway>(&self, front: &Front<G>, account: AccountId) -> Option<Office> {
        let slot = self.0.lock().entry(account).or_default().clone();
        let mut known = slot.lock().await;
        if let Some(known) = known.as_ref().filter(|known| known.at.elapsed() < FRESH) {
            return known.office.clone();
        }
        let question = AskOfficeRequest { account_id: account.to_string() };
        let answer = front.ask::<_, AskOfficeResponse>("office", &question, ASK_WAIT).await;
        let office = answer.ok().map(|answer| read(&answer));
        *known = Some(Known { at: Instant::now(), office: office.clone() });
        office
    }
}

fn read(answer: &AskOfficeResponse) -> Office {
    Office {
        open: answer.open,
        opens_at: answer.opens_at.as_ref().map(ms),
        online: answer.online,
        reply_seconds: (answer.reply_seconds > 0).then_some(answer.reply_seconds),
    }
}
