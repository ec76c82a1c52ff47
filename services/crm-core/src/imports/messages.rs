//! Imports between the contract and the domain.

use contracts::crm::{
    self, ClientKind, ClientRelation, ImportColumn, ImportColumnTarget, ImportDoubles, ImportMapping, ImportProblem,
    ImportRow, ImportRowKind,
};
use rpc::{parse_ids, parse_optional_id, timestamp};
use tonic::Status;

use super::{
    Column, Import,
    mapping::{Doubles, Mapping, Place, Rows},
    parse::Problem,
    store::Shown,
    target::{Target, What},
};
use crate::{
    cards::{
        fields::{Field, Reference},
        values::Object,
    },
    clients::message::{each_known, id_text},
};

const MOST_COLUMNS: usize = 200;

/// With what columns may mean, and what they seem to where rows are contacts; a list does without.
pub fn import(import: Import, targets: Vec<String>, contact_columns: Vec<Place>) -> crm::Import {
    let counts = import.counts;
    let heading = i64::from(import.mapping.heading && import.rows_total > 0);
    crm::Import {
        import_id: import.id.to_string(),
        file_name: import.file_name,
        author_employee_id: import.author.to_string(),
        state: import.state as i32,
        problem: import.problem.into(),
        size_bytes: import.size_bytes.unsigned_abs(),
        format: import.format,
        encoding: import.encoding,
        separator: import.separator,
        columns: (0..).zip(import.columns).map(column).collect(),
        mapping: Some(mapping(import.mapping)),
        dry_run: import.dry_run,
        rows_total: (import.rows_total - heading).unsigned_abs(),
        rows_done: counts.done.unsigned_abs(),
        rows_made: counts.made.unsigned_abs(),
        rows_updated: counts.updated.unsigned_abs(),
        rows_double: counts.double.unsigned_abs(),
        rows_refused: counts.refused.unsigned_abs(),
        created_at: Some(timestamp(import.created_at)),
        started_at: import.started_at.map(timestamp),
        ended_at: import.ended_at.map(timestamp),
        targets,
        contact_columns: contact_columns.into_iter().map(place).collect(),
    }
}

/// What columns may be mapped to, with the custom fields of now.
pub fn targets(fields: &[Field]) -> Vec<String> {
    let readable = fields.iter().filter(|field| field.reference != Some(Reference::Client));
    let custom =
        readable.map(|field| Target { contact: field.object == Object::Contact, what: What::Custom(field.id.0) });
    Target::all().chain(custom).map(|target| target.to_string()).collect()
}

fn column((column, of): (i32, Column)) -> ImportColumn {
    ImportColumn { column, heading: of.heading, samples: of.samples }
}

fn place(place: Place) -> ImportColumnTarget {
    ImportColumnTarget { column: i32::try_from(place.column).unwrap_or_default(), target: place.target.to_string() }
}

fn mapping(mapping: Mapping) -> ImportMapping {
    let kind = match mapping.company {
        Some(true) => ClientKind::Company,
        Some(false) => ClientKind::Person,
        None => ClientKind::Unspecified,
    };
    let doubles = match mapping.doubles {
        Doubles::LeaveOut => ImportDoubles::LeaveOut,
        Doubles::Fill => ImportDoubles::Fill,
        Doubles::Make => ImportDoubles::Make,
    };
    ImportMapping {
        columns: mapping.columns.into_iter().map(place).collect(),
        heading: mapping.heading,
        kind: kind.into(),
        responsible_employee_id: mapping.responsible.map(|id| id.to_string()).unwrap_or_default(),
        relations: mapping.relations.into_iter().map(i32::from).collect(),
        tag_ids: mapping.tags.iter().map(ToString::to_string).collect(),
        access_level_ids: mapping.levels.iter().map(ToString::to_string).collect(),
        doubles: doubles.into(),
        skip_unknown: mapping.skip_unknown,
        row_kind: match mapping.rows {
            Rows::Clients => ImportRowKind::Client,
            Rows::Contacts => ImportRowKind::Contact,
        }
        .into(),
        known_clients_only: mapping.known_clients,
    }
}

/// # Errors
/// INVALID_ARGUMENT naming the field.
pub fn mapping_from_contract(mapping: ImportMapping) -> Result<Mapping, Status> {
    if mapping.columns.len() > MOST_COLUMNS {
        return Err(rpc::invalid_field("mapping.columns", "must be at most 200"));
    }
    let place = |one: &ImportColumnTarget| {
        let column = usize::try_from(one.column).ok();
        let (column, target) = column.zip(Target::read(&one.target))?;
        Some(Place { column, target })
    };
    let columns: Option<Vec<Place>> = mapping.columns.iter().map(place).collect();
    let company = match ClientKind::try_from(mapping.kind) {
        Ok(ClientKind::Unspecified) => None,
        Ok(ClientKind::Person) => Some(false),
        Ok(ClientKind::Company) => Some(true),
        Err(_) => return Err(rpc::invalid_field("mapping.kind", "is unknown")),
    };
    let doubles = match ImportDoubles::try_from(mapping.doubles) {
        Ok(ImportDoubles::Unspecified | ImportDoubles::LeaveOut) => Doubles::LeaveOut,
        Ok(ImportDoubles::Fill) => Doubles::Fill,
        Ok(ImportDoubles::Make) => Doubles::Make,
        Err(_) => return Err(rpc::invalid_field("mapping.doubles", "is unknown")),
    };
    let rows = match ImportRowKind::try_from(mapping.row_kind) {
        Ok(ImportRowKind::Unspecified | ImportRowKind::Client) => Rows::Clients,
        Ok(ImportRowKind::Contact) => Rows::Contacts,
        Err(_) => return Err(rpc::invalid_field("mapping.row_kind", "is unknown")),
    };
    Ok(Mapping {
        columns: columns.ok_or_else(|| rpc::invalid_field("mapping.columns", "name a target that there is not"))?,
        heading: mapping.heading,
        company,
        responsible: parse_optional_id("mapping.responsible_employee_id", &mapping.responsible_employee_id)?,
        relations: each_known::<ClientRelation>("mapping.relations", &mapping.relations)?,
        tags: parse_ids("mapping.tag_ids", &mapping.tag_ids, 50)?,
        levels: parse_ids("mapping.access_level_ids", &mapping.access_level_ids, 50)?,
        doubles,
        skip_unknown: mapping.skip_unknown,
        rows,
        known_clients: mapping.known_clients_only,
    })
}

/// A row, with its client where the caller sees it.
pub fn row(shown: Shown, sees: impl Fn(uuid::Uuid) -> bool) -> ImportRow {
    let result = shown.result;
    let seen = result.client.is_some_and(sees);
    let problem = |problem: Problem| ImportProblem {
        field: problem.field,
        reason: problem.reason as i32,
        value: problem.value,
        text: problem.text,
    };
    ImportRow {
        row_number: u64::from(result.row.unsigned_abs()),
        outcome: result.outcome as i32,
        cells: shown.cells,
        problems: result.problems.into_iter().map(problem).collect(),
        contact_id: if seen { id_text(result.contact) } else { String::new() },
        client_id: if seen { id_text(result.client) } else { String::new() },
        other_row_number: result.other_row.map_or(0, |row| u64::from(row.unsigned_abs())),
    }
}
