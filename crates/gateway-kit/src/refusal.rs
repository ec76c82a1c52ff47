use std::sync::Arc;

use axum::{
    http::{HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
};
use model::AccountId;

use crate::{
    Gateway,
    account::Account,
    accounts::{Found, Registry, Wish},
    body::BodyError,
    kit::Kit,
};

/// When to come again: soon, where it is us who are late.
pub(crate) const SOON: u16 = 1;
/// Later, where an administrator has to act first. The account is ours, so nothing is refused for good.
pub(crate) const LATER: u16 = 60;

/// Why something that came by HTTP is not taken, and when to come again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refusal {
    status: StatusCode,
    why: &'static str,
    retry_after: Option<u16>,
}

impl Refusal {
    /// For good; `why` is a metric's label.
    #[must_use]
    pub fn new(status: StatusCode, why: &'static str) -> Self {
        Self { status, why, retry_after: None }
    }

    /// 503: it may come again after `seconds`.
    #[must_use]
    pub fn later(why: &'static str, seconds: u16) -> Self {
        Self { status: StatusCode::SERVICE_UNAVAILABLE, why, retry_after: Some(seconds) }
    }

    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    #[must_use]
    pub fn why(&self) -> &'static str {
        self.why
    }

    /// In seconds; `None`: it will never be taken.
    #[must_use]
    pub fn retry_after(&self) -> Option<u16> {
        self.retry_after
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

/// The account and its connection, or why nothing is taken for it now (rules A1, G23).
pub(crate) fn look_up<G: Gateway>(
    kit: &Kit,
    registry: &Registry<G>,
    account: Option<AccountId>,
) -> Result<(Arc<Account>, Arc<G>), Refusal> {
    admit(kit, registry.find(account))
}

/// The account that was found, and its connection, or why nothing is taken for it now.
pub(crate) fn admit<G: Gateway>(kit: &Kit, found: Found<G>) -> Result<(Arc<Account>, Arc<G>), Refusal> {
    if kit.stop.is_cancelled() {
        return Err(Refusal::later("stopping", SOON));
    }
    let line = match found {
        Found::NotReady => return Err(Refusal::later("not_ready", SOON)),
        // The bucket may be an old copy of itself; router, once heard, has put it right. An unknown account is of no part
        // that we could know, and whichever part's worker beats, its process projects the accounts of all.
        Found::Unknown if !kit.facts.beats.anybody() => return Err(Refusal::later("not_ready", SOON)),
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
