//! Rows that are contacts: whose each is, who of them is there already, and what becomes of the others.

mod fill;
mod owner;
mod same;
mod store;
mod write;

use std::collections::HashMap;

use model::EmployeeId;
use sqlx::{Connection as _, PgConnection};
use uuid::Uuid;

use self::{fill::Wanted, owner::Owner};
use super::{
    ImportError, Outcome, RowResult,
    doubles::{Same, Who},
    lookup::Reason,
    mapping::Doubles,
    parse::{Parsed, Problem},
    step::{Ground, double, problems_of, refused, settle},
    write::Trail,
};
use crate::{
    clients::{domain::Client, store as clients},
    contacts::domain::Contact,
    quality::store::lock,
};

/// A row whose client is known, or will be made.
struct Row<'a> {
    number: i32,
    from: &'a Parsed,
    contact: &'a Contact,
    owner: Owner,
}

/// What becomes of the rows of a stretch.
///
/// # Errors
/// What the database answers.
pub async fn go(
    db: &mut PgConnection,
    ground: &Ground<'_>,
    parsed: &[(i32, Parsed)],
    trail: &mut Trail,
) -> Result<Vec<RowResult>, ImportError> {
    let looks = ground.import.mapping.doubles != Doubles::Make;
    // Of a dry run those before it are nowhere but in the file.
    let earlier =
        if looks && ground.import.dry_run { same::earlier(&mut *db, ground, parsed).await? } else { Vec::new() };
    let all: Vec<&(i32, Parsed)> = earlier.iter().chain(parsed).collect();
    let owners = owner::of_each(&mut *db, ground, &all).await?;
    let there: Vec<Uuid> = owners.iter().flatten().filter(|owner| !owner.new).map(|owner| owner.client).collect();
    let there = locked(&mut *db, there).await?;
    let (mut results, mut rows, mut before) = (Vec::new(), Vec::new(), Vec::new());
    for (place, ((number, from), owner)) in all.into_iter().zip(owners).enumerate() {
        let Some(contact) = &from.contact else { continue };
        let in_stretch = place >= earlier.len();
        match owner.and_then(|owner| still(owner, from, &there)) {
            Ok(owner) if in_stretch => rows.push(Row { number: *number, from, contact, owner }),
            Ok(owner) => before.push(Row { number: *number, from, contact, owner }),
            Err(problem) if in_stretch => results.push(refused(*number, vec![problem])),
            Err(_) => {}
        }
    }
    let verdicts = if looks { same::judge(&mut *db, ground, &before, &rows).await? } else { vec![None; rows.len()] };
    let (known, new): (Vec<_>, Vec<_>) = rows.iter().zip(verdicts).partition(|(_, verdict)| verdict.is_some());
    let known = known.into_iter().filter_map(|(row, same)| Some((row, same?))).collect();
    results.extend(treat(&mut *db, ground, known, &there, trail).await?);
    let new: Vec<&Row<'_>> = new.into_iter().map(|(row, _)| row).collect();
    results.extend(make(db, ground, &new, &there, trail).await?);
    Ok(results)
}

type Clients = HashMap<Uuid, Client>;

/// Clients that get contacts, as they are from now on to the end of the stretch.
async fn locked(db: &mut PgConnection, mut ids: Vec<Uuid>) -> Result<Clients, ImportError> {
    ids.sort_unstable();
    ids.dedup();
    lock(&mut *db, &ids).await?;
    Ok(clients::clients(db, &ids).await?.into_iter().map(|client| (client.id.0, client)).collect())
}

/// Archived or merged between the look and the lock.
fn still(owner: Owner, from: &Parsed, there: &Clients) -> Result<Owner, Problem> {
    let stays = |client: &Client| client.archived_at.is_none() && client.merged_into.is_none();
    match owner.new || there.get(&owner.client).is_some_and(stays) {
        true => Ok(owner),
        false => Err(owner::problem(from, owner::ARCHIVED)),
    }
}

/// What becomes of rows whose contact is there: left out, or what is empty is filled.
async fn treat(
    db: &mut PgConnection,
    ground: &Ground<'_>,
    known: Vec<(&Row<'_>, Same)>,
    there: &Clients,
    trail: &mut Trail,
) -> Result<Vec<RowResult>, ImportError> {
    let (mut results, mut wanted) = (Vec::new(), Vec::new());
    for (row, same) in known {
        let mut problems = problems_of(&same);
        if let (Who::Contact { id, client }, Doubles::Fill) = (same.who, ground.import.mapping.doubles) {
            let bad = if !same.is_sure() {
                Some((Reason::Unsure, "is the same by little"))
            } else if client != row.owner.client {
                Some((Reason::OtherClient, "is another client's contact"))
            } else {
                None
            };
            match bad {
                None => {
                    let otherwise = double(row.number, &same, problems);
                    wanted.push(Wanted { row: row.number, id, client, from: row.contact, otherwise });
                    continue;
                }
                Some(bad) => problems.push(Problem::new("", bad, "")),
            }
        }
        results.push(double(row.number, &same, problems));
    }
    results.extend(fill::all(db, ground, wanted, there, trail).await?);
    Ok(results)
}

/// Contacts of rows, and the clients of those whose client is not there yet: each with the first of its rows.
async fn make(
    db: &mut PgConnection,
    ground: &Ground<'_>,
    new: &[&Row<'_>],
    there: &Clients,
    trail: &mut Trail,
) -> Result<Vec<RowResult>, ImportError> {
    let made = |row: &Row<'_>, unit: &write::Unit<'_>| {
        let contact = unit.contact().filter(|_| !ground.import.dry_run);
        RowResult {
            row: row.number,
            outcome: Outcome::Made,
            client: contact.map(|contact| contact.client.0),
            contact: contact.map(|contact| contact.id.0),
            other_row: None,
            problems: Vec::new(),
        }
    };
    if ground.import.dry_run {
        return Ok(new.iter().map(|row| made(row, &write::Unit::Both(row.from))).collect());
    }
    let mut firsts = HashMap::new();
    let mut units = Vec::with_capacity(new.len());
    for row in new {
        let unit = unit(row, there, &firsts);
        brought(row, &unit, &mut firsts);
        units.push(unit);
    }
    if insert(&mut *db, ground, &units.iter().collect::<Vec<_>>(), trail).await? {
        return Ok(new.iter().zip(&units).map(|(row, unit)| made(row, unit)).collect());
    }
    firsts.clear();
    let mut results = Vec::with_capacity(new.len());
    for row in new {
        let unit = unit(row, there, &firsts);
        results.push(if insert(&mut *db, ground, &[&unit], trail).await? {
            brought(row, &unit, &mut firsts);
            made(row, &unit)
        } else {
            refused(row.number, vec![Problem::new("", (Reason::Invalid, "cannot be stored"), "")])
        });
    }
    Ok(results)
}

/// What a row brings: where its client is neither there nor brought by a row before, both.
fn unit<'a>(row: &Row<'a>, there: &'a Clients, firsts: &HashMap<Uuid, &'a Client>) -> write::Unit<'a> {
    match there.get(&row.owner.client).or_else(|| firsts.get(&row.owner.client).copied()) {
        Some(owner) => {
            let contact = Contact { client: owner.id, ..row.contact.clone() };
            write::Unit::Contact { contact: Box::new(contact), owner }
        }
        None => write::Unit::Both(row.from),
    }
}

fn brought<'a>(row: &Row<'a>, unit: &write::Unit<'a>, firsts: &mut HashMap<Uuid, &'a Client>) {
    if let write::Unit::Both(from) = unit {
        firsts.insert(row.owner.client, &from.client);
    }
}

/// `false` when the database refuses what a row holds; then nothing of these is there.
async fn insert(
    db: &mut PgConnection,
    ground: &Ground<'_>,
    units: &[&write::Unit<'_>],
    trail: &mut Trail,
) -> Result<bool, ImportError> {
    let mark = trail.mark();
    let mut tx = db.begin().await?;
    let done = write::all(&mut tx, ground, units, trail).await;
    settle(tx, done, trail, mark).await
}

const fn author(ground: &Ground<'_>) -> EmployeeId {
    ground.import.author
}
