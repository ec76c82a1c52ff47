use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

/// A refusal in MAX's form.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Refusal {
    pub status: u16,
    pub code: String,
    pub message: String,
}

pub(super) type Answer = Result<Value, Refusal>;

pub(super) fn refuse<T>(status: u16, code: &str, message: &str) -> Result<T, Refusal> {
    Err(Refusal { status, code: code.to_owned(), message: message.to_owned() })
}

/// A call that breaks MAX's schema; the code is not documented.
pub(super) fn invalid<T>(message: &str) -> Result<T, Refusal> {
    refuse(400, "proto.payload", message)
}

pub(super) fn success() -> Answer {
    Ok(json!({ "success": true }))
}

/// Not done, with status 200.
pub(super) fn failure(message: &str) -> Answer {
    Ok(json!({ "success": false, "message": message }))
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        (status, Json(json!({ "code": self.code, "message": self.message }))).into_response()
    }
}
