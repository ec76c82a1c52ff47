//! What browsers ask before they let a site's page see an answer.

use std::sync::Arc;

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use gateway_kit::Refusal;
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{
        ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
        ACCESS_CONTROL_MAX_AGE, ORIGIN, VARY,
    },
};

use crate::desk::{CalledFrom, Desk};

/// An answer that an allowed site may see.
pub struct Allowed<T> {
    answer: T,
    origin: Option<HeaderValue>,
}

/// Lets a site see an answer; what our own frame asks needs no leave.
pub fn allow<T>(from: &CalledFrom, answer: T) -> Allowed<T> {
    let origin = match from {
        CalledFrom::Site(origin) => HeaderValue::from_str(origin).ok(),
        CalledFrom::Ours | CalledFrom::NoPage => None,
    };
    Allowed { answer, origin }
}

impl<T: IntoResponse> IntoResponse for Allowed<T> {
    fn into_response(self) -> Response {
        let mut response = self.answer.into_response();
        let headers = response.headers_mut();
        headers.append(VARY, HeaderValue::from_name(ORIGIN));
        if let Some(origin) = self.origin {
            headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        }
        response
    }
}

/// `OPTIONS`: whether a site's page may call at all.
///
/// # Errors
/// 403, 404, 503.
pub async fn preflight(
    State(desk): State<Arc<Desk>>,
    Path(account): Path<String>,
    headers: HeaderMap,
) -> Result<Allowed<Response>, Refusal> {
    let (_, from) = desk.enter(&account, &headers)?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    let set = [
        (ACCESS_CONTROL_ALLOW_METHODS, "GET, POST"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type"),
        (ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    for (name, value) in set {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    Ok(allow(&from, response))
}
