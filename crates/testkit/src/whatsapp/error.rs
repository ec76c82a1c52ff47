use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// An error in the Graph API's envelope.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct GraphError {
    status: u16,
    code: i64,
    title: String,
    details: String,
}

pub(super) type Answer<T> = Result<T, GraphError>;

impl GraphError {
    pub(super) fn new(status: u16, code: i64, title: &str, details: &str) -> Self {
        Self { status, code, title: title.to_owned(), details: details.to_owned() }
    }

    pub(super) fn bad(details: &str) -> Self {
        Self::new(400, 100, "Invalid parameter", details)
    }

    pub(super) fn nothing_there() -> Self {
        Self::new(
            400,
            100,
            "Unsupported get request",
            "Object does not exist or cannot be loaded due to missing permissions",
        )
    }
}

impl IntoResponse for GraphError {
    fn into_response(self) -> Response {
        let kind = if self.code == 190 { "OAuthException" } else { "GraphMethodException" };
        let error = json!({ "error": {
            "message": format!("(#{}) {}", self.code, self.title),
            "type": kind,
            "code": self.code,
            "error_data": { "messaging_product": "whatsapp", "details": self.details },
            "fbtrace_id": "AFakeTraceId",
        } });
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::BAD_REQUEST);
        (status, axum::Json(error)).into_response()
    }
}
