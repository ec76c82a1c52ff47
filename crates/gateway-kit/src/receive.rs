//! The receiving side of a connection: opens it, polls where the channel polls, and notices when it is lost.

use std::{sync::Arc, time::Duration};

use bus::{AskError, positions};
use contracts::channel::{AskPositionRequest, AskPositionResponse, Inbound, Position, inbound::Body};
use futures::{StreamExt, stream};
use tokio::time::{Instant, sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, info, info_span, warn};

use crate::{
    Gateway, Polled, ProviderError, Way, backoff::Backoff, facts::IMPORTED, meters, signals, text::sha256,
    worker::Session,
};

/// The position stream of gateways that have one.
pub(crate) const STREAM: &str = "updates";
const OPEN_WAIT: Duration = Duration::from_secs(30);
/// The provider may hold a poll for 50 s.
const POLL_WAIT: Duration = Duration::from_secs(65);
const ASK_WAIT: Duration = Duration::from_secs(2);
/// A poll that brought nothing takes at least this long: not every provider holds it.
const EMPTY: Duration = Duration::from_millis(500);
/// Polled facts of an account that wait for router at the same time (rule I5); of an import [`IMPORTED`].
const UNCONFIRMED: usize = 64;

/// Receives until the session's `end`; facts on their way are waited for until `cut`.
pub(crate) async fn run<G: Gateway>(session: &Arc<Session<G>>, cut: &CancellationToken) {
    let receiving = Receiver { session, cut, position: None }.run();
    tokio::select! {
        () = receiving => {}
        () = session.pulse.watch(session.kit.config.timing.watchdog) => {}
    }
}

struct Receiver<'a, G> {
    session: &'a Arc<Session<G>>,
    cut: &'a CancellationToken,
    /// `None`: not known yet. `Some(None)`: nothing was ever confirmed.
    position: Option<Option<String>>,
}

/// Why polling stopped.
enum Break {
    /// It is time to open the connection again.
    Refresh,
    Failed(ProviderError),
    End,
}

impl<G: Gateway> Receiver<'_, G> {
    async fn run(mut self) {
        let timing = &self.session.kit.config.timing;
        let mut pauses = Backoff::new(timing.backoff, timing.account_backoff);
        while !self.session.end.is_cancelled() {
            let failed = match self.open().await {
                None => return,
                Some(Err(error)) => Some(error),
                Some(Ok(())) => match self.receive(&mut pauses).await {
                    Break::Refresh => None,
                    Break::Failed(error) => Some(error),
                    Break::End => return,
                },
            };
            let Some(error) = failed else {
                pauses.reset();
                continue;
            };
            let pause = self.note(&error, &mut pauses);
            if self.until_end(sleep(pause)).await.is_none() {
                return;
            }
        }
    }

    /// `None`: the session has ended.
    async fn open(&self) -> Option<Result<(), ProviderError>> {
        let url = webhook_url(self.session);
        let opening = timeout(OPEN_WAIT, self.session.gateway.open(url.as_deref()));
        let opened = self.until_end(opening).await?;
        let polls = self.session.gateway.way() == Way::Poll;
        Some(
            opened.unwrap_or_else(|_| Err(too_slow())).map(|identity| self.session.pulse.opened(&identity.name, polls)),
        )
    }

    async fn receive(&mut self, pauses: &mut Backoff) -> Break {
        let timing = &self.session.kit.config.timing;
        match self.session.gateway.way() {
            Way::Poll => self.poll_until(Instant::now() + timing.refresh, pauses).await,
            Way::Webhook => {
                if G::CATCHES_UP
                    && let Some(broke) = self.catch_up(pauses).await
                {
                    return broke;
                }
                // Nothing else would tell that the provider is out of reach.
                match self.until_end(sleep(timing.watchdog / 2)).await {
                    Some(()) => Break::Refresh,
                    None => Break::End,
                }
            }
        }
    }

    /// Takes what the provider could not deliver, until there is nothing more.
    async fn catch_up(&mut self, pauses: &mut Backoff) -> Option<Break> {
        let end = self.session.end.clone();
        loop {
            let asking = async {
                let position = self.known_position().await.clone();
                timeout(POLL_WAIT, self.session.gateway.catch_up(position.as_deref())).await
            };
            let polled = match end.run_until_cancelled(asking).await {
                None => return Some(Break::End),
                Some(polled) => polled.unwrap_or_else(|_| Err(too_slow())),
            };
            match polled {
                Err(error) => return Some(Break::Failed(error)),
                Ok(polled) if polled.facts.is_empty() && polled.position.is_none() => return None,
                Ok(polled) => {
                    pauses.reset();
                    if self.cut.run_until_cancelled(self.take(polled)).await.is_none() {
                        return Some(Break::End);
                    }
                }
            }
        }
    }

    async fn known_position(&mut self) -> &Option<String> {
        if self.position.is_none() {
            self.position = Some(self.find_position().await);
        }
        self.position.get_or_insert_default()
    }

    async fn poll_until(&mut self, refresh: Instant, pauses: &mut Backoff) -> Break {
        let end = self.session.end.clone();
        if end.run_until_cancelled(self.known_position()).await.is_none() {
            return Break::End;
        }
        let mut polled = Polled::default();
        while Instant::now() < refresh {
            let position = polled.position.clone().or_else(|| self.position.clone().flatten());
            let began = Instant::now();
            let session = self.session;
            let polling = end.run_until_cancelled(timeout(POLL_WAIT, session.gateway.poll(position.as_deref())));
            let last = std::mem::take(&mut polled);
            let (taken, answer) = if G::POLLS_AHEAD {
                tokio::join!(self.take_until_cut(last), polling)
            } else {
                (self.take_until_cut(last).await, polling.await)
            };
            let Some(answer) = answer.filter(|_| taken) else { return Break::End };
            match answer.unwrap_or_else(|_| Err(too_slow())) {
                Ok(found) => {
                    self.session.pulse.alive();
                    pauses.reset();
                    if found.facts.is_empty() && self.until_end(sleep_until(began + EMPTY)).await.is_none() {
                        return Break::End;
                    }
                    polled = found;
                }
                Err(error @ ProviderError::Account { .. }) => return Break::Failed(error),
                Err(error) => {
                    let pause = self.note(&error, pauses);
                    if self.until_end(sleep(pause)).await.is_none() {
                        return Break::End;
                    }
                }
            }
        }
        if self.take_until_cut(polled).await { Break::Refresh } else { Break::End }
    }

    /// `false`: it was given up, and is polled again.
    async fn take_until_cut(&mut self, polled: Polled) -> bool {
        let taken = self.cut.run_until_cancelled(self.take(polled)).await.is_some();
        if !taken {
            warn!(account.id = %self.session.account.id, "polled facts are unconfirmed; they will be polled again");
        }
        taken
    }

    /// The position moves only when everything before it is confirmed, the position's own fact included. Each fact begins
    /// a trace, as a webhook does.
    async fn take(&mut self, polled: Polled) {
        let (facts, account) = (&self.session.kit.facts, &self.session.account);
        let sent_on = polled.facts.iter().rev().find_map(|fact| fact.sent_on);
        for peer in polled.typing {
            signals::person_types_on(&self.session.kit, account.id, peer).await;
        }
        let (is_import, most) = (polled.is_import, if polled.is_import { IMPORTED } else { UNCONFIRMED });
        let publishing = polled.facts.into_iter().map(|fact| {
            let span = info_span!("poll", channel = G::CHANNEL, account.id = %account.id);
            let confirmed = async move {
                let _place = if is_import { facts.imports.acquire().await.ok() } else { None };
                facts.until_confirmed(account, fact).await
            };
            confirmed.instrument(span)
        });
        stream::iter(publishing).buffered(most).for_each(|_| std::future::ready(())).await;
        if let Some(value) = polled.position {
            facts.until_confirmed(account, position_fact(&value, sent_on)).await;
            self.position = Some(Some(value));
        }
    }

    /// Beginning without a position would skip or repeat everything: router is asked until it answers.
    async fn find_position(&self) -> Option<String> {
        let (kit, id) = (&self.session.kit, self.session.account.id);
        match positions::read(&kit.bus, &kit.channel, id, STREAM).await {
            Ok(Some(value)) => return Some(value),
            Ok(None) => {}
            Err(error) => warn!(account.id = %id, error, "the positions cannot be read; asking router"),
        }
        let question = AskPositionRequest { account_id: id.to_string(), stream: STREAM.to_owned() };
        loop {
            let began = Instant::now();
            let answer: Result<AskPositionResponse, AskError> =
                bus::ask(&kit.bus, bus::names::question("position"), &question, ASK_WAIT).await;
            match answer {
                Ok(answer) => {
                    info!(account.id = %id, known = !answer.value.is_empty(), "router told the poll position");
                    return Some(answer.value).filter(|value| !value.is_empty());
                }
                Err(error) => warn!(account.id = %id, %error, "polling waits for the position"),
            }
            sleep_until(began + ASK_WAIT).await;
        }
    }

    /// Notes what went wrong, and gives the pause before the next try.
    fn note(&self, error: &ProviderError, pauses: &mut Backoff) -> Duration {
        let session = self.session;
        match error {
            ProviderError::Temporary { text, retry_after } => {
                meters::provider_error(&session.kit.channel, session.account.id, "temporary");
                session.pulse.missed(text);
                retry_after.unwrap_or_default().max(pauses.next())
            }
            ProviderError::Account { text, remedy_key, health } => {
                meters::provider_error(&session.kit.channel, session.account.id, "account");
                warn!(account.id = %session.account.id, error = text, "the provider does not accept the account");
                session.pulse.account_problem(text, remedy_key, *health);
                pauses.next_for_account()
            }
        }
    }

    async fn until_end<T>(&self, waiting: impl Future<Output = T>) -> Option<T> {
        self.session.end.run_until_cancelled(waiting).await
    }
}

fn too_slow() -> ProviderError {
    ProviderError::Temporary { text: "the provider does not answer in time".to_owned(), retry_after: None }
}

/// Where the provider is to deliver, if the outside can reach us.
fn webhook_url<G: Gateway>(session: &Session<G>) -> Option<String> {
    let base = session.kit.config.public_url.as_ref()?.as_str().trim_end_matches('/');
    Some(format!("{base}/hook/{}/{}", session.kit.channel, session.account.id))
}

/// Its date is that of the last fact it covers: a pure function of what the provider sent.
fn position_fact(value: &str, sent_on: Option<prost_types::Timestamp>) -> Inbound {
    let mut key = format!("pos:{STREAM}:{value}");
    if key.len() > 200 {
        key = format!("pos:{STREAM}:{}", sha256(value.as_bytes()));
    }
    let position = Position { stream: STREAM.to_owned(), value: value.to_owned() };
    Inbound { key, sent_on, body: Some(Body::PollPosition(position)), ..Inbound::default() }
}
