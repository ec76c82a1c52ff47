//! Instants between the contracts and the database.

use chrono::{DateTime, Utc};
use prost_types::Timestamp;

/// `None` when the contract's value is no instant.
pub fn from_proto(stamp: &Timestamp) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp(stamp.seconds, u32::try_from(stamp.nanos).ok()?)
}

pub fn to_proto(at: DateTime<Utc>) -> Timestamp {
    Timestamp { seconds: at.timestamp(), nanos: at.timestamp_subsec_nanos().cast_signed() }
}
