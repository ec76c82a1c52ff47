//! One stretch of an import: short enough for one transaction, and after a crash it is done again.

use chrono::{DateTime, Utc};
use model::EmployeeId;
use serde_json::json;
use sqlx::{Connection as _, PgConnection, PgTransaction};
use store::{Schema, audit, event};
use uuid::Uuid;

use super::{
    Import, ImportError, Outcome, RowResult, State,
    doubles::{self, Earlier, Same, Who},
    fill,
    lookup::{Lookup, Reason},
    mapping::{Doubles, Rows},
    parse::{self, Parsed, Problem},
    people, read, store as rows,
    write::{self, Trail},
};
use crate::{
    cards::settings::{self, Settings},
    change::Actor,
    clients::{ops, sight::Sight},
    clock::now,
    duplicates::{Kind, blocks, rules::Rules, settings as matches, store as clients},
    quality::count,
};

/// Rows of one stretch. The clients that they make are locked meanwhile, and their events come together.
const STRETCH: i64 = 1_000;

/// Carries an import on; `false` when there is nothing to do any more.
///
/// # Errors
/// What the database answers.
pub async fn step(db: &mut PgConnection, id: Uuid) -> Result<bool, ImportError> {
    let Some(import) = rows::for_update(&mut *db, id).await? else { return Ok(false) };
    match import.state {
        State::Reading => read::read(db, import).await.map(|()| false),
        State::Running => stretch(db, import).await,
        _ => Ok(false),
    }
}

/// What every row of a stretch is looked at by.
pub struct Ground<'a> {
    pub import: &'a Import,
    sight: Sight,
    pub settings: Settings,
    lookup: Lookup,
    /// Of doubles among what the rows are.
    pub rules: Rules,
    pub now: DateTime<Utc>,
}

async fn stretch(db: &mut PgConnection, mut import: Import) -> Result<bool, ImportError> {
    let next = rows::next_rows(&mut *db, import.id, import.cursor, STRETCH).await?;
    let Some(last) = next.last().map(|row| row.number) else {
        return finish(db, &import).await.map(|()| false);
    };
    if !rows::is_employed(&mut *db, import.author).await? {
        rows::set_state(db, import.id, State::Stopped).await?;
        return Ok(false);
    }
    let author = Actor::Employee { id: import.author, administrator: false };
    let people = import.mapping.rows == Rows::Contacts;
    let kind = if people { Kind::Contact } else { Kind::Client };
    let ground = Ground {
        import: &import,
        sight: Sight::of(&mut *db, author).await?,
        settings: settings::read(&mut *db).await?,
        lookup: Lookup::load(&mut *db).await?,
        rules: doubles::exact(matches::get(&mut *db).await.map_err(of_duplicates)?.rules(kind)),
        now: now(),
    };
    let (mut results, mut parsed) = (Vec::new(), Vec::new());
    for row in next {
        match ground.parse(&row.cells) {
            Ok(one) => parsed.push((row.number, one)),
            Err(problems) => results.push(refused(row.number, problems)),
        }
    }
    let mut trail = Trail::default();
    results.extend(match people {
        true => people::go(&mut *db, &ground, &parsed, &mut trail).await?,
        false => go(&mut *db, &ground, &parsed, &mut trail).await?,
    });
    count::told(&mut *db, &trail.events).await?;
    crate::potential::count::told(&mut *db, &trail.events).await?;
    audit::append(&mut *db, Schema::Crm, &trail.entries).await?;
    event::append(&mut *db, Schema::Crm, &trail.events).await?;
    rows::note(&mut *db, import.id, &results).await?;
    import.counts.add(&results);
    rows::have_gone(db, import.id, last, &import.counts).await?;
    Ok(true)
}

/// What becomes of rows that are clients.
async fn go(
    db: &mut PgConnection,
    ground: &Ground<'_>,
    parsed: &[(i32, Parsed)],
    trail: &mut Trail,
) -> Result<Vec<RowResult>, ImportError> {
    let verdicts = judge(&mut *db, ground, parsed).await?;
    let mut new = Vec::new();
    let mut known = Vec::new();
    for ((row, one), verdict) in parsed.iter().zip(verdicts) {
        match verdict {
            None => new.push((*row, one)),
            Some(same) => known.push((*row, one, same)),
        }
    }
    let mut results = treat(&mut *db, ground, &known, trail).await?;
    results.extend(make(db, ground, &new, trail).await?);
    Ok(results)
}

fn of_duplicates(error: crate::duplicates::DuplicateError) -> ImportError {
    match error {
        crate::duplicates::DuplicateError::Fault(fault) => fault.into(),
        _ => ImportError::NotFound(Uuid::nil()), // reading the rules says nothing else
    }
}

async fn finish(db: &mut PgConnection, import: &Import) -> Result<(), ImportError> {
    rows::delete_keys(&mut *db, import.id).await?;
    rows::set_state(&mut *db, import.id, State::Done).await?;
    let counts = &import.counts;
    let after = json!({
        "dry_run": import.dry_run, "rows": counts.done, "made": counts.made, "updated": counts.updated,
        "double": counts.double, "refused": counts.refused,
    });
    let mut trail = Trail::default();
    trail.audit(import.author, "client_import.end", "client_import", import.id, None, Some(after));
    Ok(audit::append(db, Schema::Crm, &trail.entries).await?)
}

impl Ground<'_> {
    /// A row as what would be made of it.
    pub fn parse(&self, cells: &[String]) -> Result<Parsed, Vec<Problem>> {
        let mut parsed = parse::row(cells, &self.import.mapping, &self.lookup, Some(self.import.author), self.now)?;
        ops::give_to_maker(&mut parsed.client, &self.sight, &self.settings);
        Ok(parsed)
    }

    fn author(&self) -> EmployeeId {
        self.import.author
    }
}

pub fn refused(row: i32, problems: Vec<Problem>) -> RowResult {
    RowResult { row, outcome: Outcome::Refused, client: None, contact: None, other_row: None, problems }
}

/// Who each row is already: of the clients, or of the rows before it.
async fn judge(
    db: &mut PgConnection,
    ground: &Ground<'_>,
    parsed: &[(i32, Parsed)],
) -> Result<Vec<Option<Same>>, ImportError> {
    let (import, rules) = (ground.import, &ground.rules);
    if import.mapping.doubles == Doubles::Make {
        return Ok(vec![None; parsed.len()]);
    }
    let records: Vec<_> = parsed.iter().map(|(_, one)| doubles::record(one, rules)).collect();
    let mut earlier = Earlier::default();
    if import.dry_run {
        let mut keys: Vec<i64> = records.iter().flat_map(|record| blocks::keys(record, rules)).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut numbers: Vec<i32> =
            rows::rows_under(&mut *db, import.id, &keys).await?.into_iter().map(|(_, row)| row).collect();
        numbers.sort_unstable();
        numbers.dedup();
        for row in rows::rows_of(&mut *db, import.id, &numbers).await? {
            if let Ok(one) = ground.parse(&row.cells) {
                earlier.add(row.number, doubles::record(&one, rules), rules);
            }
        }
    }
    let known = doubles::among_clients(&mut *db, &records, rules).await?;
    let clients = known.iter().flatten().filter_map(|same| match same.who {
        Who::Client(id) => Some(id),
        Who::Contact { .. } | Who::Row(_) => None,
    });
    let ours = rows::made_by(&mut *db, import.id, &clients.collect::<Vec<_>>()).await?;
    let begins = import.cursor.saturating_add(1);
    let mut verdicts = Vec::with_capacity(parsed.len());
    for (((row, _), record), known) in parsed.iter().zip(records).zip(known) {
        let known = known.map(|same| match same.who {
            Who::Client(id) => Same { who: ours.get(&id).map_or(same.who, |row| Who::Row(*row)), ..same },
            Who::Contact { .. } | Who::Row(_) => same,
        });
        let verdict = known.or_else(|| earlier.same(&record, rules));
        if verdict.is_none() {
            earlier.add(*row, record, rules);
        }
        verdicts.push(verdict);
    }
    if import.dry_run {
        let (keys, numbers) = earlier.keys(begins);
        rows::insert_keys(db, import.id, &keys, &numbers).await?;
    }
    Ok(verdicts)
}

/// What becomes of rows whose client is there: left out, or what is empty is filled.
async fn treat(
    db: &mut PgConnection,
    ground: &Ground<'_>,
    known: &[(i32, &Parsed, Same)],
    trail: &mut Trail,
) -> Result<Vec<RowResult>, ImportError> {
    let fills = ground.import.mapping.doubles == Doubles::Fill;
    let ids: Vec<Uuid> = known.iter().filter_map(|(_, _, same)| client_of(same)).collect();
    let visible = clients::visible(&mut *db, Some(ground.author()), &ids).await?;
    let archived = rows::archived(&mut *db, &ids).await?;
    let refusal = |same: &Same, id: Uuid| {
        if !same.is_sure() {
            Some((Reason::Unsure, "is the same by its name alone"))
        } else if !visible.contains(&id) {
            Some((Reason::OutOfSight, "is somebody else's client"))
        } else if archived.contains(&id) {
            Some((Reason::Archived, "is archived"))
        } else {
            None
        }
    };
    let (mut results, mut wanted) = (Vec::new(), Vec::new());
    for (row, one, same) in known {
        let mut problems: Vec<Problem> = problems_of(same);
        if let Some(id) = client_of(same).filter(|_| fills) {
            match refusal(same, id) {
                None => {
                    wanted.push(fill::Wanted {
                        row: *row,
                        client: id,
                        from: one,
                        otherwise: double(*row, same, problems),
                    });
                    continue;
                }
                Some(bad) => problems.push(Problem::new("", bad, "")),
            }
        }
        results.push(double(*row, same, problems));
    }
    results.extend(fill::all(db, ground.import, &ground.settings, wanted, ground.now, trail).await?);
    Ok(results)
}

const fn client_of(same: &Same) -> Option<Uuid> {
    match same.who {
        Who::Client(id) => Some(id),
        Who::Contact { .. } | Who::Row(_) => None,
    }
}

pub fn problems_of(same: &Same) -> Vec<Problem> {
    let bad = match same.who {
        Who::Client(_) => (Reason::SameClient, "is of a client that is there"),
        Who::Contact { .. } => (Reason::SameContact, "is of a contact who is there"),
        Who::Row(_) => (Reason::SameRow, "is in an earlier row"),
    };
    doubles::rule_names(&same.found).into_iter().map(|rule| Problem::new(rule, bad, "")).collect()
}

pub fn double(row: i32, same: &Same, problems: Vec<Problem>) -> RowResult {
    let (client, contact, other_row) = match same.who {
        Who::Client(id) => (Some(id), None, None),
        Who::Contact { id, client } => (Some(client), Some(id), None),
        Who::Row(other) => (None, None, Some(other)),
    };
    RowResult { row, outcome: Outcome::Double, client, contact, other_row, problems }
}

/// Makes clients of rows. Where the database refuses one of them, which no check foresaw, the others are made all the same.
async fn make(
    db: &mut PgConnection,
    ground: &Ground<'_>,
    new: &[(i32, &Parsed)],
    trail: &mut Trail,
) -> Result<Vec<RowResult>, ImportError> {
    let made = |row: i32, one: &Parsed| {
        let client = (!ground.import.dry_run).then_some(one.client.id.0);
        RowResult { row, outcome: Outcome::Made, client, contact: None, other_row: None, problems: Vec::new() }
    };
    let all: Vec<&Parsed> = new.iter().map(|(_, one)| *one).collect();
    if ground.import.dry_run || insert(&mut *db, ground, &all, trail).await? {
        return Ok(new.iter().map(|(row, one)| made(*row, one)).collect());
    }
    let mut results = Vec::with_capacity(new.len());
    for (row, one) in new {
        results.push(match insert(&mut *db, ground, &[one], trail).await? {
            true => made(*row, one),
            false => refused(*row, vec![Problem::new("", (Reason::Invalid, "cannot be stored"), "")]),
        });
    }
    Ok(results)
}

/// `false` when the database refuses what a row holds; then nothing of these is there.
async fn insert(
    db: &mut PgConnection,
    ground: &Ground<'_>,
    new: &[&Parsed],
    trail: &mut Trail,
) -> Result<bool, ImportError> {
    let mark = trail.mark();
    let mut tx = db.begin().await?;
    let done = write::clients_of(&mut tx, ground.author(), new, &ground.settings, ground.now, trail).await;
    settle(tx, done, trail, mark).await
}

/// Ends a part of a stretch; `false` when the database refuses what a row holds, and nothing of it is there.
///
/// # Errors
/// What the database answers.
pub async fn settle(
    tx: PgTransaction<'_>,
    done: sqlx::Result<()>,
    trail: &mut Trail,
    mark: (usize, usize),
) -> Result<bool, ImportError> {
    match done {
        Ok(()) => {
            tx.commit().await?;
            Ok(true)
        }
        Err(cause) if is_of_data(&cause) => {
            tx.rollback().await?;
            trail.back_to(mark);
            Ok(false)
        }
        Err(cause) => Err(cause.into()),
    }
}

/// Bad values, violated constraints, and what is too long for an index.
fn is_of_data(cause: &sqlx::Error) -> bool {
    let code = cause.as_database_error().and_then(|error| error.code());
    code.is_some_and(|code| ["22", "23", "54"].iter().any(|class| code.starts_with(class)))
}
