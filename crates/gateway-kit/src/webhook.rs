//! Deliveries by webhook: checked, read within bounds, parsed, published, and answered 200 only when router has them.

use std::{sync::Arc, time::Instant};

use axum::{
    Router,
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderValue, Method, StatusCode, header::CONTENT_TYPE, request::Parts},
    response::{IntoResponse, Response},
    routing::any,
};
use bus::{Outcome, PublishError};
use bytes::Bytes;
use contracts::channel::Inbound;
use model::AccountId;
use tokio::{net::TcpListener, sync::Semaphore, time::timeout};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug, info_span, warn};

use crate::{
    Front, Gateway, ProviderError,
    account::Account,
    accounts::Registry,
    body::{self, HELD_BYTES},
    kit::SharedKit,
    meters, parse,
    refusal::{self, Refusal, SOON},
    server,
};

struct Desk<G> {
    kit: SharedKit,
    registry: Arc<Registry<G>>,
    room: Arc<Semaphore>,
}

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
    let answer = desk.answer(account, &head, body).instrument(span).await;
    if let Err(refusal) = &answer {
        meters::refused(&desk.kit.channel, refusal.why());
    }
    let response = answer.map_or_else(IntoResponse::into_response, taken);
    meters::webhook(&desk.kit.channel, response.status().as_u16(), began.elapsed());
    response
}

/// 200 with what the provider wants to read.
fn taken(body: Bytes) -> Response {
    let plain = (!body.is_empty()).then_some((CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")));
    let mut response = Response::new(Body::from(body));
    response.headers_mut().extend(plain);
    response
}

impl<G: Gateway> Desk<G> {
    async fn answer(&self, account: Option<AccountId>, head: &Parts, body: Body) -> Result<Bytes, Refusal> {
        let (account, gateway) = refusal::look_up(&self.kit, &self.registry, account)?;
        let headers = &head.headers;
        if head.method != Method::POST {
            return Err(Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "method"));
        }
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
        self.accept(&account, &gateway, &held.bytes).await
    }

    /// A span too short to be missed by the provider, and enough for one question to it.
    async fn facts(&self, account: &Account, gateway: &G, bytes: &Bytes) -> Result<Vec<Inbound>, Refusal> {
        let facts = parse::parse::<G>(account.id, bytes);
        let completing = timeout(self.kit.config.timing.accept / 2, gateway.complete(bytes, facts));
        let why = match completing.await {
            Ok(Ok(facts)) => return Ok(facts),
            Ok(Err(ProviderError::Temporary { text, .. } | ProviderError::Account { text, .. })) => text,
            Err(_) => "the provider does not answer in time".to_owned(),
        };
        warn!(account.id = %account.id, why, "a delivery could not be completed; it is to come again");
        Err(Refusal::later("incomplete", SOON))
    }

    async fn accept(&self, account: &Account, gateway: &G, bytes: &Bytes) -> Result<Bytes, Refusal> {
        let facts = self.facts(account, gateway, bytes).await?;
        let count = facts.len() as u64;
        // Decided before, so that the facts carry it on the bus.
        let stands_in = self.may_stand_in(account);
        match self.kit.facts.try_once(account, facts, Some(bytes), stands_in).await {
            Ok(Outcome::Confirmed(_)) => Ok(Bytes::from_static(G::ACCEPTED.as_bytes())),
            Ok(Outcome::OnBusOnly) if stands_in => {
                meters::accepted_unconfirmed(&self.kit.channel, account.id, count);
                warn!(account.id = %account.id, facts = count, "accepted with the bus's acknowledgement only");
                Ok(Bytes::from_static(G::ACCEPTED.as_bytes()))
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
