//! Deliveries by webhook: checked, read within bounds, parsed, published, and answered 200 only when router has them.

use std::{sync::Arc, time::Instant};

use axum::{
    Router,
    body::Body,
    extract::{Path, Request, State},
    http::{
        HeaderMap, HeaderValue, Method, StatusCode,
        header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS},
        request::Parts,
    },
    response::{IntoResponse, Response},
    routing::any,
};
use bus::{Outcome, PublishError};
use bytes::Bytes;
use chrono::Utc;
use contracts::channel::{AccountHealth, AccountState, Inbound, LocalText};
use model::AccountId;
use tokio::{net::TcpListener, sync::Semaphore, time::timeout};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug, info_span, warn};

use crate::{
    Front, Gateway, ProviderError, Share,
    account::Account,
    accounts::{Found, Registry, Wish},
    body::{self, HELD_BYTES},
    kit::SharedKit,
    meters, parse, pulse,
    refusal::{self, LATER, Refusal, SOON},
    server, signals,
};

struct Desk<G> {
    kit: SharedKit,
    registry: Arc<Registry<G>>,
    room: Arc<Semaphore>,
}

/// An account and its connection.
type Connected<G> = (Arc<Account>, Arc<G>);

/// Serves webhooks, and what the gateway serves beside them, until `closed`; from the kit's `stop` on webhooks get 503.
pub(crate) async fn serve<G: Gateway>(
    listener: TcpListener,
    kit: SharedKit,
    registry: Arc<Registry<G>>,
    closed: CancellationToken,
) {
    let front = Arc::new(Front::new(kit.clone(), registry.clone()));
    let desk = Desk { kit, registry, room: Arc::new(Semaphore::new(HELD_BYTES)) };
    let app = Router::new().route("/hook/{channel}/{account}", any(receive::<G>)).with_state(Arc::new(desk));
    let app = match G::routes(front) {
        Some(own) => app.merge(own),
        None => app,
    };
    server::serve(listener, app, closed).await;
}

async fn receive<G: Gateway>(
    State(desk): State<Arc<Desk<G>>>,
    Path((channel, account)): Path<(String, String)>,
    request: Request,
) -> Response {
    let began = Instant::now();
    let (head, body) = request.into_parts();
    let account: Option<AccountId> = if channel == G::CHANNEL { account.parse().ok() } else { None };
    let span = info_span!("webhook", channel = G::CHANNEL, account.id = ?account);
    runtime::trace::adopt(&span, |name| head.headers.get(name)?.to_str().ok());
    let answer = async {
        match head.method {
            Method::GET => desk.challenged(account, head.uri.query().unwrap_or_default()),
            Method::POST => desk.answer(account, &head, body).await,
            _ => Err(not_so()),
        }
    };
    let answer = answer.instrument(span).await;
    if let Err(refusal) = &answer {
        meters::refused(&desk.kit.channel, refusal.why());
    }
    let response = answer.map_or_else(IntoResponse::into_response, taken);
    meters::webhook(&desk.kit.channel, response.status().as_u16(), began.elapsed());
    response
}

/// 200 with what the provider wants to read. What a stranger made us say must not be taken for a page.
fn taken(body: Bytes) -> Response {
    let form = if body.starts_with(b"{") { "application/json" } else { "text/plain; charset=utf-8" };
    let plain =
        [(CONTENT_TYPE, HeaderValue::from_static(form)), (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"))];
    let plain = plain.into_iter().filter(|_| !body.is_empty());
    let mut headers = HeaderMap::new();
    headers.extend(plain);
    let mut response = Response::new(Body::from(body));
    *response.headers_mut() = headers;
    response
}

fn not_so() -> Refusal {
    Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method")
}

impl<G: Gateway> Desk<G> {
    /// The provider asks whether the address is ours.
    fn challenged(&self, account: Option<AccountId>, query: &str) -> Result<Bytes, Refusal> {
        let (_, gateway) = refusal::look_up(&self.kit, &self.registry, account)?;
        let answer = gateway.challenge(query).ok_or_else(not_so)?;
        answer.map(Bytes::from).map_err(|_| Refusal::new(StatusCode::FORBIDDEN, "unauthentic"))
    }

    async fn answer(&self, account: Option<AccountId>, head: &Parts, body: Body) -> Result<Bytes, Refusal> {
        let (account, gateway) = refusal::look_up(&self.kit, &self.registry, account)?;
        let headers = &head.headers;
        let _drain_waits = self.kit.work.token();
        let _place = account.room().ok_or(Refusal::later("busy", SOON))?;
        let authenticate = |body: &[u8]| {
            gateway.authenticate(headers, body).map_err(|_| Refusal::new(StatusCode::UNAUTHORIZED, "unauthentic"))
        };
        if !G::SIGNS_BODY {
            authenticate(&[])?;
        }
        let held = body::read(body, G::BODY_LIMIT, &self.room).await?;
        let greeting = timeout(self.kit.config.timing.accept, gateway.greet(&held.bytes)).await;
        if let Some(answer) = greeting.map_err(|_| Refusal::later("no_greeting", SOON))? {
            return Ok(answer);
        }
        if G::SIGNS_BODY {
            authenticate(&held.bytes)?;
        }
        match G::shares(&held.bytes) {
            None => self.accept(&account, &gateway, &held.bytes).await,
            Some(shares) => self.share_out((account, gateway), headers, &held.bytes, shares).await,
        }
    }

    /// Each share goes to its account, and all must arrive: the provider delivers only the whole again. One that cannot go
    /// now holds up no other.
    async fn share_out(
        &self,
        own: Connected<G>,
        headers: &HeaderMap,
        whole: &Bytes,
        shares: Vec<Share>,
    ) -> Result<Bytes, Refusal> {
        let (mut taken, mut missing) = (Vec::with_capacity(shares.len()), None);
        for Share { name, body } in shares {
            if name.is_empty() || name == own.1.share_name() {
                taken.push((own.clone(), None, body));
                continue;
            }
            match self.named(&name, headers, whole).await {
                Ok(Some(other)) => match other.0.room() {
                    Some(place) => taken.push((other, Some(place), body)),
                    None => missing = Some(Refusal::later("busy", SOON)),
                },
                Ok(None) => {}
                Err(refusal) => missing = Some(refusal),
            }
        }
        let answers = taken.iter().map(|((account, gateway), _place, body)| self.accept(account, gateway, body));
        let answers = futures::future::join_all(answers).await;
        answers.into_iter().collect::<Result<Vec<_>, _>>()?;
        missing.map_or(Ok(Bytes::from_static(G::ACCEPTED.as_bytes())), Err)
    }

    /// The account of that name whose own secret the delivery proves, too; `None`: it is none of ours.
    async fn named(&self, name: &str, headers: &HeaderMap, whole: &[u8]) -> Result<Option<Connected<G>>, Refusal> {
        let is_it = |gateway: &G| gateway.share_name() == name && gateway.authenticate(headers, whole).is_ok();
        let found = match self.registry.find_where(is_it) {
            Found::Line(line) => Some((line.wish(), line.account)),
            other => match self.registry.find_named(name) {
                Some(account) => return Err(self.unproven(&account).await),
                None if matches!(other, Found::NotReady) => return Err(Refusal::later("not_ready", LATER)),
                None => None,
            },
        };
        match found {
            Some((Wish::On(gateway), account)) => {
                account.trust();
                Ok(Some((account, gateway)))
            }
            Some(_) => Err(Refusal::later("not_ready", SOON)),
            None => {
                meters::refused(&self.kit.channel, "share_of_nobody");
                Ok(None)
            }
        }
    }

    /// The delivery is good, and the account is ours: its stored secret is another one. Whoever looks after it is told,
    /// and the provider is to come again.
    async fn unproven(&self, account: &Account) -> Refusal {
        if account.doubt() {
            warn!(account.id = %account.id, "a delivery for account {} is signed with another secret", account.id);
            let words = LocalText {
                ru: "доставки для этой учётной записи подписаны другим секретом приложения".to_owned(),
                en: "deliveries for this account are signed with another app secret".to_owned(),
            };
            let state = AccountState {
                health: AccountHealth::Degraded.into(),
                problem: words.en.clone(),
                problem_text: Some(words),
                remedy_key: G::UNPROVEN_REMEDY.to_owned(),
                ..AccountState::default()
            };
            if let Err(error) = self.kit.facts.try_once(account, vec![pulse::fact(state)], None, false).await {
                warn!(account.id = %account.id, %error, "the trouble of account {} could not be told", account.id);
            }
        }
        Refusal::later("share_unproven", LATER)
    }

    /// A span too short to be missed by the provider, and enough for one question to it.
    async fn facts(&self, account: &Account, gateway: &G, bytes: &Bytes) -> Result<Vec<Inbound>, Refusal> {
        let facts = parse::parse::<G>(account.id, bytes);
        let completing = timeout(self.kit.config.timing.accept / 2, gateway.complete(bytes, facts));
        let why = match completing.await {
            Ok(Ok(mut facts)) => {
                facts.iter_mut().for_each(|fact| pulse::date(fact, Utc::now()));
                return Ok(facts);
            }
            Ok(Err(ProviderError::Temporary { text, .. } | ProviderError::Account { text, .. })) => text,
            Err(_) => "the provider does not answer in time".to_owned(),
        };
        warn!(account.id = %account.id, why, "a delivery could not be completed; it is to come again");
        Err(Refusal::later("incomplete", SOON))
    }

    async fn accept(&self, account: &Account, gateway: &G, bytes: &Bytes) -> Result<Bytes, Refusal> {
        let facts = self.facts(account, gateway, bytes).await?;
        if facts.is_empty()
            && let Some(peer) = G::typed(account.id, bytes)
        {
            signals::person_types_on(&self.kit, account.id, peer).await;
        }
        let count = facts.len() as u64;
        // Decided before, so that the facts carry it on the bus.
        let stands_in = self.may_stand_in(account);
        match self.kit.facts.try_once(account, facts, Some(bytes), stands_in).await {
            Ok(Outcome::Confirmed(_)) => Ok(gateway.accepted(bytes)),
            Ok(Outcome::OnBusOnly) if stands_in => {
                meters::accepted_unconfirmed(&self.kit.channel, account.id, count);
                warn!(account.id = %account.id, facts = count, "accepted with the bus's acknowledgement only");
                Ok(gateway.accepted(bytes))
            }
            Ok(Outcome::OnBusOnly) => Err(Refusal::later("unconfirmed", SOON)),
            Err(PublishError::NotTaken(why)) => {
                debug!(account.id = %account.id, why, "a delivery was not taken by the bus");
                Err(Refusal::later("not_taken", SOON))
            }
            Err(error @ PublishError::TooLarge(_)) => {
                warn!(account.id = %account.id, %error, "a delivery could not be made to fit");
                Err(Refusal::later("not_taken", SOON))
            }
        }
    }

    /// The named exception of the first law: router was silent for so long that the provider would stop delivering.
    fn may_stand_in(&self, account: &Account) -> bool {
        G::unconfirmed_after().is_some_and(|span| self.kit.facts.beats.silent_for(account.part()) >= span)
    }
}
