use std::str::FromStr;

use chrono::{DateTime, Utc};
use contracts::errors::ErrorReason;
use prost_types::Timestamp;
use tonic::{Code, Status};

use crate::{invalid_field, status};

/// An id of a request.
///
/// # Errors
/// INVALID_ARGUMENT (`INVALID_FIELD`) when it is no UUID.
pub fn parse_id<T: FromStr>(field: &str, text: &str) -> Result<T, Status> {
    text.parse().map_err(|_| invalid_field(field, "is not a UUID"))
}

/// An id that may be left empty.
///
/// # Errors
/// INVALID_ARGUMENT (`INVALID_FIELD`) when it is neither empty nor a UUID.
pub fn parse_optional_id<T: FromStr>(field: &str, text: &str) -> Result<Option<T>, Status> {
    if text.is_empty() { Ok(None) } else { parse_id(field, text).map(Some) }
}

/// A list of ids.
///
/// # Errors
/// INVALID_ARGUMENT (`INVALID_FIELD`) when one is no UUID, or there are more than `most`.
pub fn parse_ids<T: FromStr>(field: &str, texts: &[String], most: usize) -> Result<Vec<T>, Status> {
    if texts.len() > most {
        return Err(invalid_field(field, &format!("holds more than {most} ids")));
    }
    texts.iter().map(|text| parse_id(field, text)).collect()
}

#[must_use]
pub fn timestamp(at: DateTime<Utc>) -> Timestamp {
    Timestamp { seconds: at.timestamp(), nanos: i32::try_from(at.timestamp_subsec_nanos()).unwrap_or(0) }
}

/// A time that may be absent.
///
/// # Errors
/// INVALID_ARGUMENT (`INVALID_FIELD`) when it is no time of this calendar.
pub fn datetime(field: &str, at: Option<Timestamp>) -> Result<Option<DateTime<Utc>>, Status> {
    let convert = |at: Timestamp| DateTime::from_timestamp(at.seconds, u32::try_from(at.nanos).ok()?);
    at.map(|at| convert(at).ok_or_else(|| invalid_field(field, "is not a time"))).transpose()
}

/// # Errors
/// INVALID_ARGUMENT (`INVALID_FIELD`) when it is absent, or no time of this calendar.
pub fn required_datetime(field: &str, at: Option<Timestamp>) -> Result<DateTime<Utc>, Status> {
    datetime(field, at)?.ok_or_else(|| invalid_field(field, "is required"))
}

/// The etag of a revision.
#[must_use]
pub fn etag(revision: i64) -> String {
    format!("r{revision}")
}

/// The revision that a caller has seen; `None` when the etag is empty: "whatever it is now".
///
/// # Errors
/// ABORTED (`ETAG_MISMATCH`) for a text that was never an etag of ours: reading anew is the remedy all the same.
pub fn parse_etag(etag: &str) -> Result<Option<i64>, Status> {
    if etag.is_empty() {
        return Ok(None);
    }
    etag.strip_prefix('r').and_then(|digits| digits.parse().ok()).map(Some).ok_or_else(stale)
}

/// Whether the caller's etag names the current revision; an empty one always does.
///
/// # Errors
/// ABORTED (`ETAG_MISMATCH`) when it was changed since.
pub fn check_etag(seen: &str, current: i64) -> Result<(), Status> {
    match parse_etag(seen)? {
        Some(revision) if revision != current => Err(stale()),
        _ => Ok(()),
    }
}

fn stale() -> Status {
    status(Code::Aborted, ErrorReason::EtagMismatch, &"it was changed since you read it")
}

#[cfg(test)]
mod tests {
    use model::EmployeeId;

    use super::*;
    use crate::{metadata_of, reason_of};

    #[test]
    fn a_bad_id_names_its_field() {
        let refusal = parse_id::<EmployeeId>("employee_id", "7").unwrap_err();
        assert_eq!(reason_of(&refusal), Some(ErrorReason::InvalidField));
        assert_eq!(metadata_of(&refusal)["field"], "employee_id");
        assert_eq!(parse_optional_id::<EmployeeId>("employee_id", "").unwrap(), None);
        let ids = vec![EmployeeId::new().to_string(); 3];
        assert!(parse_ids::<EmployeeId>("ids", &ids, 2).is_err());
    }

    #[test]
    fn times_convert_there_and_back() {
        let now = Utc::now();
        assert_eq!(datetime("at", Some(timestamp(now))).unwrap(), Some(now));
        assert!(datetime("at", Some(Timestamp { seconds: i64::MAX, nanos: 0 })).is_err());
        assert!(datetime("at", Some(Timestamp { seconds: 0, nanos: -1 })).is_err());
        assert!(required_datetime("at", None).is_err());
    }

    #[test]
    fn a_stale_etag_is_refused() {
        assert!(check_etag(&etag(4), 4).is_ok());
        assert!(check_etag("", 4).is_ok());
        for seen in [etag(3), "junk".to_owned()] {
            assert_eq!(reason_of(&check_etag(&seen, 4).unwrap_err()), Some(ErrorReason::EtagMismatch));
        }
    }
}
