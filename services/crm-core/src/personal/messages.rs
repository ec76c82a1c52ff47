use contracts::crm::{self, PersonalCount};
use rpc::timestamp;

use super::{count::Counts, settings::Settings, store::Erasure};

pub fn erasure(erasure: &Erasure) -> crm::Erasure {
    let employee = |id: Option<model::EmployeeId>| id.map(|id| id.to_string()).unwrap_or_default();
    crm::Erasure {
        erasure_id: erasure.id.to_string(),
        state: i32::from(erasure.state as i16),
        client_id: erasure.client.to_string(),
        seen: counts(&erasure.seen),
        records: erasure.records.unsigned_abs(),
        erased: counts(&erasure.erased),
        asked_by_employee_id: employee(erasure.asked_by),
        asked_at: Some(timestamp(erasure.asked_at)),
        approved_by_employee_id: employee(erasure.approved_by),
        approved_at: erasure.approved_at.map(timestamp),
        ended_at: erasure.ended_at.map(timestamp),
        identifiers_sha256: erasure.identifiers.iter().map(|byte| format!("{byte:02x}")).collect(),
        replayed: erasure.replayed,
    }
}

pub fn counts(counts: &Counts) -> Vec<PersonalCount> {
    let count = |(kind, count): (&String, &i64)| PersonalCount { kind: kind.clone(), count: count.unsigned_abs() };
    counts.iter().map(count).collect()
}

pub fn settings(settings: &Settings) -> crm::PersonalDataSettings {
    crm::PersonalDataSettings {
        etag: rpc::etag(settings.revision.0),
        approve_above: settings.approve_above.unsigned_abs(),
        export_days: settings.export_days.unsigned_abs(),
        raised_by_employee_id: settings.raised.map(|raised| raised.by.to_string()).unwrap_or_default(),
        approve_above_before: settings.raised.map_or(0, |raised| raised.before.unsigned_abs()),
    }
}
