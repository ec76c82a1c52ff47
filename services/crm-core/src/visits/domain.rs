//! A report of a browser as it is kept. Adapters have cut and cleaned it; ids and times are read again.

use std::{collections::BTreeMap, fmt};

use chrono::{DateTime, Utc};
use contracts::channel::{VisitReport, VisitStepKind, visit_report::Report};
use model::{AccountId, Channel, Email, Phone};
use prost::Message as _;
use uuid::Uuid;

use crate::text::search_form;

const STEPS_MOST: usize = 50;

#[derive(Debug, Clone, PartialEq)]
pub struct Told {
    pub channel: Channel,
    pub account: AccountId,
    pub guest: Uuid,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq)]
pub enum What {
    Withdrawn,
    Visit(Box<Visit>),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Visit {
    pub scope: String,
    pub address: String,
    pub agreed_at: DateTime<Utc>,
    pub id: Uuid,
    pub started_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
    pub referrer_host: String,
    pub marks: BTreeMap<String, String>,
    pub device: i16,
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    pub id: Uuid,
    pub at: DateTime<Utc>,
    pub kind: i16,
    pub path: String,
    pub search_text: String,
    pub title: String,
    pub seconds: i32,
    pub name: String,
    /// Nobody proved it.
    pub left: Left,
}

/// What was typed into fields of a form that the site marked.
#[derive(Clone, Default, PartialEq, serde::Deserialize)]
pub struct Left {
    pub name: String,
    /// Digits with the country code.
    pub phone: String,
    pub email: String,
}

impl fmt::Debug for Left {
    /// Never what it says: it may end in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Left")
    }
}

/// `None`: it is no report, or of a kind that a newer adapter sends.
#[must_use]
pub fn told(from: (Channel, AccountId), payload: &[u8]) -> Option<Told> {
    let report = VisitReport::decode(payload).ok()?;
    let guest = report.guest_id.parse().ok()?;
    let what = match report.report? {
        Report::Withdrawn(_) => What::Withdrawn,
        Report::Visit(visit) => {
            let started_at = time(visit.started_at)?;
            // The same step twice would be one row too many for the statement that stores them.
            let mut steps: BTreeMap<Uuid, Step> = BTreeMap::new();
            for one in visit.steps.into_iter().take(STEPS_MOST).filter_map(step) {
                steps.insert(one.id, one);
            }
            What::Visit(Box::new(Visit {
                scope: report.scope,
                address: report.address,
                agreed_at: report.agreed_at.and_then(|at| time(Some(at))).unwrap_or(started_at),
                id: visit.visit_id.parse().ok()?,
                started_at,
                last_at: steps.values().map(|step| step.at).fold(started_at, Ord::max),
                referrer_host: visit.referrer_host,
                marks: visit.marks.into_iter().collect(),
                device: i16::try_from(visit.device).unwrap_or_default(),
                steps: steps.into_values().collect(),
            }))
        }
    };
    Some(Told { channel: from.0, account: from.1, guest, what })
}

fn step(from: contracts::channel::VisitStep) -> Option<Step> {
    let kind = VisitStepKind::try_from(from.kind).ok().filter(|kind| *kind != VisitStepKind::Unspecified)?;
    Some(Step {
        id: from.step_id.parse().ok()?,
        at: time(from.at)?,
        kind: i16::try_from(i32::from(kind)).ok()?,
        search_text: search_form(if kind == VisitStepKind::Form { &from.name } else { &from.path }),
        path: from.path,
        title: from.title,
        seconds: i32::try_from(from.seconds).ok()?,
        left: left(kind, from.left_name, &from.left_phone, &from.left_email),
        name: from.name,
    })
}

fn left(kind: VisitStepKind, name: String, phone: &str, email: &str) -> Left {
    if kind != VisitStepKind::Form {
        return Left::default();
    }
    Left {
        name,
        phone: Phone::parse(phone).map(|phone| phone.digits().to_owned()).unwrap_or_default(),
        email: Email::parse(email).map(|email| email.as_str().to_owned()).unwrap_or_default(),
    }
}

fn time(at: Option<prost_types::Timestamp>) -> Option<DateTime<Utc>> {
    let at = at?;
    DateTime::from_timestamp(at.seconds, u32::try_from(at.nanos).ok()?)
}

#[cfg(test)]
mod tests {
    use contracts::channel::{VisitStep, VisitsWithdrawn};

    use super::*;

    fn read(report: &VisitReport) -> Option<Told> {
        told(("webchat".parse().unwrap(), AccountId::new()), &report.encode_to_vec())
    }

    #[test]
    fn what_a_newer_or_broken_adapter_sends_is_no_report() {
        let guest_id = Uuid::now_v7().to_string();
        assert_eq!(read(&VisitReport { guest_id: guest_id.clone(), ..VisitReport::default() }), None);
        let withdrawn = Some(Report::Withdrawn(VisitsWithdrawn {}));
        assert!(read(&VisitReport { guest_id, report: withdrawn.clone(), ..VisitReport::default() }).is_some());
        assert_eq!(read(&VisitReport { guest_id: "1".into(), report: withdrawn, ..VisitReport::default() }), None);
        assert_eq!(told(("webchat".parse().unwrap(), AccountId::new()), b"\xff"), None);
    }

    #[test]
    fn a_step_that_is_named_twice_is_kept_once() {
        let at = Some(prost_types::Timestamp { seconds: 1_800_000_000, nanos: 0 });
        let step =
            VisitStep { step_id: Uuid::now_v7().to_string(), at, kind: 1, path: "/Цены".into(), ..<_>::default() };
        let later = VisitStep { seconds: 9, ..step.clone() };
        let unknown = VisitStep { step_id: Uuid::now_v7().to_string(), kind: 77, ..step.clone() };
        let visit = contracts::channel::Visit {
            visit_id: Uuid::now_v7().to_string(),
            started_at: at,
            steps: vec![step, later, unknown],
            ..<_>::default()
        };
        let guest_id = Uuid::now_v7().to_string();
        let report = VisitReport { guest_id, report: Some(Report::Visit(visit)), ..<_>::default() };
        let Some(Told { what: What::Visit(visit), .. }) = read(&report) else { panic!("a visit") };
        let seconds: Vec<_> = visit.steps.iter().map(|step| (step.seconds, step.search_text.as_str())).collect();
        assert_eq!(seconds, [(9, "/цены")]);
    }
}
