use contracts::crm;
use rpc::timestamp;

use super::{super::messages::counts, store::Export};

pub fn export(export: &Export) -> crm::PersonalExport {
    crm::PersonalExport {
        export_id: export.id.to_string(),
        state: i32::from(export.state as i16),
        client_id: export.client.to_string(),
        seen: counts(&export.seen),
        packed: counts(&export.packed),
        asked_by_employee_id: export.asked_by.map(|id| id.to_string()).unwrap_or_default(),
        asked_at: Some(timestamp(export.asked_at)),
        ready_at: export.ready_at.map(timestamp),
        removed_at: export.removed_at.map(timestamp),
        size_bytes: export.size_bytes.unsigned_abs(),
        downloads: export.downloads.unsigned_abs(),
        downloaded_at: export.downloaded_at.map(timestamp),
    }
}
