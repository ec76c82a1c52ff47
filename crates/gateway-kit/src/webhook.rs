//! Deliveries by webhook: checked, read within bounds, parsed, published, and answered 200 only when router has them.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{
    Router,
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
    routing::any,
};
use bus::{Outcome, PublishError};
use bytes::Bytes;
use model::AccountId;
use tokio::{net::TcpListener, sync::Semaphore};
use tokio_util::sync::CancellationToken;
use tracing::{Instrument, debug, info_span, warn};

use crate::{
    Gateway,
    account::Account,
    accounts::{Found, Registry, Wish},
    body::{self, BodyError, HELD_BYTES},
    kit::SharedKit,
    meters, parse,
};

/// When a provider may come again: soon, where it is us who are late.
const SOON: u16 = 1;
/// Later, where an administrator has to act first. The account is ours, so nothing is refused for good.
const LATER: u16 = 60;

struct Desk<G> {
    kit: SharedKit,
    registry: Arc<Registry<G>>,
    room: Arc<Semaphore>,
}

/// Serves webhooks until `closed`; from the kit's `stop` on it answers 503.
pub(crate) async fn serve<G: Gateway>(
    listener: TcpListener,
    kit: SharedKit,
    registry: Arc<Registry<G>>,
    closed: CancellationToken,
) {
    let address = listener.local_addr().unwrap_or_else(|_| SocketAddr::from(([0, 0, 0, 0], 0)));
    let desk = Desk { kit, registry, room: Arc::new(Semaphore::new(HELD_BYTES)) };
    let app = Router::new().route("/hook/{channel}/{account}", any(receive::<G>)).with_state(Arc::new(desk));
    let serving = axum::serve(listener, app).with_graceful_shutdown(closed.clone().cancelled_owned());
    let given_up = async {
        closed.cancelled().await;
        tokio::time::sleep(Duration::from_secs(1)).await;
    };
    tokio::select! {
        served = serving.into_future() => if let Err(error) = served {
            warn!(%error, %address, "webhooks are no longer served");
        },
        // A client may keep its connection open for ever.
        () = given_up => {}
    }
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
    let answer = desk.answer(account, &head.method, &head.headers, body).instrument(span).await;
    if let Err(refusal) = &answer {
        meters::refused(&desk.kit.channel, refusal.why);
    }
    let response = answer.map_or_else(IntoResponse::into_response, IntoResponse::into_response);
    meters::webhook(&desk.kit.channel, response.status().as_u16(), began.elapsed());
    response
}

impl<G: Gateway> Desk<G> {
    async fn answer(
        &self,
        account: Option<AccountId>,
        method: &Method,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<StatusCode, Refusal> {
        let (account, gateway) = self.look_up(account)?;
        if method != Method::POST {
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
        if G::SIGNS_BODY {
            authenticate(&held.bytes)?;
        }
        self.accept(&account, &held.bytes).await
    }

    fn look_up(&self, account: Option<AccountId>) -> Result<(Arc<Account>, Arc<G>), Refusal> {
        if self.kit.stop.is_cancelled() {
            return Err(Refusal::later("stopping", SOON));
        }
        let line = match self.registry.find(account) {
            Found::NotReady => return Err(Refusal::later("not_ready", SOON)),
            // The bucket may be an old copy of itself; router, once heard, has put it right.
            Found::Unknown if self.kit.facts.beats.lag(0).is_none() => {
                return Err(Refusal::later("not_ready", SOON));
            }
            Found::Unknown => return Err(Refusal::new(StatusCode::NOT_FOUND, "unknown_account")),
            Found::Line(line) => line,
        };
        match line.wish() {
            Wish::On(gateway) => Ok((line.account, gateway)),
            Wish::Off => Err(Refusal::later("disabled", LATER)),
            Wish::Broken(..) => Err(Refusal::later("bad_settings", LATER)),
            Wish::Gone => Err(Refusal::new(StatusCode::NOT_FOUND, "unknown_account")),
        }
    }

    async fn accept(&self, account: &Account, bytes: &Bytes) -> Result<StatusCode, Refusal> {
        let facts = parse::parse::<G>(account.id, bytes);
        let count = facts.len() as u64;
        match self.kit.facts.try_once(account, facts, bytes).await {
            Ok(Outcome::Confirmed(_)) => Ok(StatusCode::OK),
            Ok(Outcome::OnBusOnly) if self.may_stand_in(account) => {
                meters::accepted_unconfirmed(&self.kit.channel, account.id, count);
                warn!(account.id = %account.id, facts = count, "accepted with the bus's acknowledgement only");
                Ok(StatusCode::OK)
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

/// Why a delivery is not taken, and when to come again.
#[derive(Debug)]
struct Refusal {
    status: StatusCode,
    why: &'static str,
    retry_after: Option<u16>,
}

impl Refusal {
    fn new(status: StatusCode, why: &'static str) -> Self {
        Self { status, why, retry_after: None }
    }

    fn later(why: &'static str, seconds: u16) -> Self {
        Self { status: StatusCode::SERVICE_UNAVAILABLE, why, retry_after: Some(seconds) }
    }
}

impl From<BodyError> for Refusal {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large"),
            BodyError::NoRoom => Self::later("busy", SOON),
            BodyError::TooSlow => Self::new(StatusCode::REQUEST_TIMEOUT, "too_slow"),
            BodyError::Broken => Self::new(StatusCode::BAD_REQUEST, "broken"),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
