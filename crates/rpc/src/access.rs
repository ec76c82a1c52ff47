use chrono::{DateTime, Utc};
use contracts::org::{AccessFilter, AccessKind};
use model::{ClientId, EmployeeId};
use prost::Message as _;
use tonic::Status;

use crate::{Fingerprint, datetime, invalid_field, parse_optional_id};

/// What is asked of an access log, whichever service keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessesAsked {
    pub client: Option<ClientId>,
    pub employee: Option<EmployeeId>,
    /// Empty: all.
    pub kinds: Vec<i16>,
    pub from: Option<DateTime<Utc>>,
    pub until: Option<DateTime<Utc>>,
    /// What page tokens belong to.
    pub query: Fingerprint,
}

impl AccessesAsked {
    /// # Errors
    /// INVALID_ARGUMENT naming the field.
    pub fn read(filter: Option<AccessFilter>) -> Result<Self, Status> {
        let filter = filter.unwrap_or_default();
        let query = Fingerprint::of("ListAccesses", &filter.encode_to_vec());
        let (from, until) = (datetime("filter.from", filter.from)?, datetime("filter.until", filter.until)?);
        if from.zip(until).is_some_and(|(from, until)| from >= until) {
            return Err(invalid_field("filter.until", "must be after filter.from"));
        }
        let kind = |number: &i32| {
            let known = AccessKind::try_from(*number).ok().filter(|kind| *kind != AccessKind::Unspecified);
            let number = known.and_then(|kind| i16::try_from(i32::from(kind)).ok());
            number.ok_or_else(|| invalid_field("filter.kinds", "holds a kind that there is not"))
        };
        Ok(Self {
            client: parse_optional_id("filter.client_id", &filter.client_id)?,
            employee: parse_optional_id("filter.employee_id", &filter.employee_id)?,
            kinds: filter.kinds.iter().map(kind).collect::<Result<_, _>>()?,
            from,
            until,
            query,
        })
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::timestamp;

    #[test]
    fn what_narrows_is_read_and_what_cannot_be_is_refused() {
        let now = Utc::now();
        let filter = AccessFilter {
            kinds: vec![AccessKind::Client.into(), AccessKind::File.into()],
            from: Some(timestamp(now - TimeDelta::days(1))),
            until: Some(timestamp(now)),
            ..AccessFilter::default()
        };
        let asked = AccessesAsked::read(Some(filter.clone())).unwrap();
        assert_eq!((asked.kinds.as_slice(), asked.client), ([1, 7].as_slice(), None));
        assert_ne!(asked.query, AccessesAsked::read(None).unwrap().query);
        for wrong in [
            AccessFilter { kinds: vec![0], ..AccessFilter::default() },
            AccessFilter { kinds: vec![99], ..AccessFilter::default() },
            AccessFilter { client_id: "x".into(), ..AccessFilter::default() },
            AccessFilter { until: filter.from, ..filter.clone() },
        ] {
            assert!(AccessesAsked::read(Some(wrong.clone())).is_err(), "{wrong:?}");
        }
    }
}
