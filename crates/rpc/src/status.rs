use std::{collections::HashMap, error::Error, fmt::Display};

use contracts::errors::ErrorReason;
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};
use tracing::error;

/// The domain of our reasons in `google.rpc.ErrorInfo`.
pub const DOMAIN: &str = "okno";

const PREFIX: &str = "ERROR_REASON_";

/// A refusal with its reason in `google.rpc.ErrorInfo`.
pub fn status(code: Code, reason: ErrorReason, text: &dyn Display) -> Status {
    status_with(code, reason, text, &[])
}

/// [`status`] with the facts that the page puts into its sentence; errors/v1 says which belong to a reason.
pub fn status_with(code: Code, reason: ErrorReason, text: &dyn Display, facts: &[(&str, &str)]) -> Status {
    let facts: HashMap<String, String> = facts.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    let details = ErrorDetails::with_error_info(name(reason), DOMAIN, facts);
    Status::with_error_details(code, text.to_string(), details)
}

/// A field of the request that cannot be taken.
#[must_use]
pub fn invalid_field(field: &str, why: &str) -> Status {
    let text = format!("{field}: {why}");
    status_with(Code::InvalidArgument, ErrorReason::InvalidField, &text, &[("field", field)])
}

/// Something of ours broke: logs the chain of causes, here and only here, and tells the caller nothing.
pub fn internal(cause: impl Error + 'static) -> Status {
    error!(error = runtime::chain(&cause), "a call failed: {}", runtime::chain(&cause));
    status(Code::Internal, ErrorReason::Internal, &"something went wrong here; it has been logged")
}

/// Something we stand on does not answer now: logs the chain, asks the caller to come again.
pub fn unavailable(cause: impl Error + 'static) -> Status {
    error!(error = runtime::chain(&cause), "a call cannot be served now: {}", runtime::chain(&cause));
    status(Code::Unavailable, ErrorReason::Unavailable, &"not available now; try again shortly")
}

/// The reason of a refusal of ours; `None` for foreign ones and for reasons that this version does not know.
#[must_use]
pub fn reason_of(status: &Status) -> Option<ErrorReason> {
    let info = status.get_details_error_info().filter(|info| info.domain == DOMAIN)?;
    ErrorReason::from_str_name(&format!("{PREFIX}{}", info.reason))
}

/// The facts of a refusal of ours.
#[must_use]
pub fn metadata_of(status: &Status) -> HashMap<String, String> {
    status.get_details_error_info().map(|info| info.metadata).unwrap_or_default()
}

fn name(reason: ErrorReason) -> &'static str {
    reason.as_str_name().trim_start_matches(PREFIX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_and_its_facts_travel_with_the_status() {
        let taken = status_with(
            Code::FailedPrecondition,
            ErrorReason::RequestTaken,
            &"the request is taken",
            &[("employee_name", "Operator 1")],
        );
        let mut headers = http::HeaderMap::new();
        taken.add_header(&mut headers).unwrap();
        let received = Status::from_header_map(&headers).unwrap();
        assert_eq!(received.code(), Code::FailedPrecondition);
        assert_eq!(reason_of(&received), Some(ErrorReason::RequestTaken));
        assert_eq!(metadata_of(&received)["employee_name"], "Operator 1");
        assert_eq!(name(ErrorReason::RequestTaken), "REQUEST_TAKEN");
    }

    #[test]
    fn an_internal_error_tells_the_caller_nothing() {
        let status = internal(std::io::Error::other("password=hush"));
        assert!(!status.message().contains("hush"));
        assert_eq!(reason_of(&status), Some(ErrorReason::Internal));
    }

    #[test]
    fn a_foreign_status_has_no_reason() {
        assert_eq!(reason_of(&Status::not_found("x")), None);
    }
}
