//! The templates that an account's provider has approved: listed when the account is opened, then each hour, and when
//! router asks; told when they are others than before.

use std::{sync::Arc, time::Duration};

use chrono::Utc;
use contracts::channel::{ChannelTemplate, Inbound, Order, Templates, inbound::Body};
use prost::Message;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::{
    Gateway, ProviderError,
    backoff::Backoff,
    carry,
    text::{sha256, timestamp},
    worker::Session,
};

/// All pages of a provider's list.
const LIST_WAIT: Duration = Duration::from_secs(60);
/// Templates of one fact together, with room for the rest of the fact below what the bus carries.
const PAGE_BYTES: usize = 192 * 1024;
/// A larger one is none that a provider approves.
const TEMPLATE_BYTES: usize = 32 * 1024;
/// More than the largest provider grants an account.
const MOST: usize = 10_000;
const KIND: &str = "refresh_templates";

/// Keeps router's list of the account's templates as the provider has it, until the session's `end`; what is on its way
/// is waited for until `cut`.
pub(crate) async fn keep<G: Gateway>(session: &Arc<Session<G>>, cut: &CancellationToken) {
    if !G::describe().capabilities.is_some_and(|can| can.templates) {
        return;
    }
    let timing = &session.kit.config.timing;
    let mut pauses = Backoff::new(timing.account_backoff, timing.account_backoff);
    let mut told = String::new();
    loop {
        let Some(listed) = session.end.run_until_cancelled(list(session)).await else { return };
        let pause = match listed {
            Ok(list) => {
                pauses.reset();
                let hash = list.hash();
                if hash != told {
                    if cut.run_until_cancelled(Box::pin(tell(session, list))).await.is_none() {
                        return;
                    }
                    told = hash;
                }
                timing.templates
            }
            Err(error) => {
                warn!(account.id = %session.account.id, error = %error, "the account's templates cannot be listed");
                asked_to_wait(&error).max(pauses.next())
            }
        };
        if session.end.run_until_cancelled(sleep(pause)).await.is_none() {
            return;
        }
    }
}

/// Router wants the list now; told whatever it is, so that router knows when it was.
pub(crate) async fn refresh<G: Gateway>(session: &Session<G>, order: &Order) {
    match session.end.run_until_cancelled(list(session)).await {
        None => {}
        Some(Ok(list)) => {
            tell(session, list).await;
            carry::done(session, order, KIND, None).await;
        }
        Some(Err(error)) => {
            info!(account.id = %session.account.id, error = %error, "the templates will be asked for again");
            let pause = asked_to_wait(&error).max(carry::age_pause(order));
            carry::later(session, order, KIND, pause).await;
        }
    }
}

struct List {
    templates: Vec<ChannelTemplate>,
    listed_at: prost_types::Timestamp,
}

impl List {
    /// The same for the same templates, in whatever order the provider lists them.
    fn hash(&self) -> String {
        let all = Templates { templates: self.templates.clone(), ..Templates::default() };
        sha256(&all.encode_to_vec())
    }

    /// As many facts as the bus needs; an empty list is one, too.
    fn pages(self) -> Vec<Templates> {
        let mut pages = vec![Vec::new()];
        let mut bytes = 0;
        for template in self.templates {
            let size = template.encoded_len();
            if bytes + size > PAGE_BYTES {
                pages.push(Vec::new());
                bytes = 0;
            }
            bytes += size;
            pages.last_mut().expect("there is a page from the start").push(template);
        }
        let count = u32::try_from(pages.len()).unwrap_or(u32::MAX);
        let page = |(page, templates)| Templates { templates, listed_at: Some(self.listed_at), page, pages: count };
        (0..count).zip(pages).map(page).collect()
    }
}

async fn list<G: Gateway>(session: &Session<G>) -> Result<List, ProviderError> {
    let listed_at = timestamp(Utc::now());
    let too_slow =
        |_| Err(ProviderError::Temporary { text: "the provider lists too slowly".to_owned(), retry_after: None });
    let mut templates = timeout(LIST_WAIT, session.gateway.templates()).await.unwrap_or_else(too_slow)?;
    let listed = templates.len();
    templates.retain(|template| template.encoded_len() <= TEMPLATE_BYTES);
    templates.sort_by(|a, b| (&a.name, &a.language).cmp(&(&b.name, &b.language)));
    templates.dedup_by(|a, b| (&a.name, &a.language) == (&b.name, &b.language));
    templates.truncate(MOST);
    if templates.len() < listed {
        let left_out = listed - templates.len();
        warn!(account.id = %session.account.id, left_out, "templates that are too large, doubled or too many are left out");
    }
    Ok(List { templates, listed_at })
}

/// One page after the other: the last one says that the list is whole.
async fn tell<G: Gateway>(session: &Session<G>, list: List) {
    let name = uuid::Uuid::now_v7().simple();
    for page in list.pages() {
        let key = format!("templates:{name}:{}", page.page);
        let fact = Inbound { key, sent_on: page.listed_at, body: Some(Body::Templates(page)), ..Inbound::default() };
        carry::tell_fact(session, fact).await;
    }
}

fn asked_to_wait(error: &ProviderError) -> Duration {
    match error {
        ProviderError::Temporary { retry_after, .. } => retry_after.unwrap_or_default(),
        ProviderError::Account { .. } => Duration::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(bodies: &[usize]) -> List {
        let template = |(number, length): (usize, &usize)| ChannelTemplate {
            name: number.to_string(),
            body: "b".repeat(*length),
            ..ChannelTemplate::default()
        };
        List { templates: bodies.iter().enumerate().map(template).collect(), listed_at: timestamp(Utc::now()) }
    }

    #[test]
    fn a_long_list_is_cut_into_pages_that_the_bus_carries() {
        let pages = list(&[30_000; 20]).pages();
        assert!(pages.len() > 1 && pages.iter().all(|page| page.encoded_len() < bus::MAX_FACT_BYTES));
        assert_eq!(pages.iter().map(|page| page.templates.len()).sum::<usize>(), 20);
        assert!(pages.iter().zip(0..).all(|(page, number)| page.page == number && page.pages as usize == pages.len()));
    }

    #[test]
    fn an_empty_list_is_told_too() {
        let pages = list(&[]).pages();
        assert_eq!((pages.len(), pages[0].pages), (1, 1));
    }
}
