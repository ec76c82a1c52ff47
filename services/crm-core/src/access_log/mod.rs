//! Who read cards, and took lists and all data of a person: `crm.access`, for administrators. What may not be read leaves no trace
//! here, but among the refusals.

mod grpc;
mod store;

use std::future::ready;

use ::store::access::{Of, Reading, Turn};
use chrono::{DateTime, Utc};
use contracts::org::AccessKind;
use model::{ClientId, LeadId};
use rpc::Caller;
use tonic::Status;
use uuid::Uuid;

use crate::change::Db;

pub(crate) use grpc::AccessLogGrpc;

/// What is read.
#[derive(Debug, Clone, Copy)]
pub struct Read {
    kind: AccessKind,
    object: Uuid,
    /// Whose data: a client, or a lead.
    subject: Option<Uuid>,
    turn: Turn,
}

impl Read {
    #[must_use]
    pub const fn client(id: ClientId) -> Self {
        Self::of(AccessKind::Client, id.0, Some(id.0))
    }

    #[must_use]
    pub const fn lead(id: LeadId) -> Self {
        Self::of(AccessKind::Lead, id.0, Some(id.0))
    }

    #[must_use]
    pub const fn of(kind: AccessKind, object: Uuid, subject: Option<Uuid>) -> Self {
        Self { kind, object, subject, turn: Turn::Opens }
    }

    /// More of what is open: it does not count as one more time.
    #[must_use]
    pub const fn on(self) -> Self {
        Self { turn: Turn::ReadsOn, ..self }
    }
}

/// What a program reads of many at once is on record as such; people have lists before them all day.
///
/// # Errors
/// As [`note`].
pub async fn note_list(db: &Db, caller: &Caller) -> Result<(), Status> {
    if !caller.is_by_key() {
        return Ok(());
    }
    note(db, caller, Read::of(AccessKind::List, Uuid::nil(), None)).await
}

/// So few that are found together are read one by one; more of them are a list.
const FEW: usize = 3;

/// What was found of what was asked for at once. What a page asks for in passing opens nothing; of a program that is not believed.
///
/// # Errors
/// As [`note`].
pub async fn note_batch(db: &Db, caller: &Caller, in_passing: bool, found: &[Read]) -> Result<(), Status> {
    if found.len() > FEW || (in_passing && !caller.is_by_key()) {
        return note_list(db, caller).await;
    }
    for read in found {
        note(db, caller, read.on()).await?;
    }
    Ok(())
}

/// Who asks again for what was created already gets it as it is now, which is a reading; `began`: when they asked.
///
/// # Errors
/// As [`note`].
pub async fn note_old(
    db: &Db,
    caller: &Caller,
    (began, created): (DateTime<Utc>, DateTime<Utc>),
    read: Read,
) -> Result<(), Status> {
    if created < began { note(db, caller, read.on()).await } else { Ok(()) }
}

/// Puts on record that the caller reads this, before the answer goes out.
///
/// # Errors
/// UNAVAILABLE: it is not on record, so nothing goes out.
pub async fn note(db: &Db, caller: &Caller, read: Read) -> Result<(), Status> {
    let reading = Reading {
        employee_id: caller.employee()?.into(),
        by_key: caller.is_by_key(),
        kind: read.kind as i16,
        object_id: read.object,
    };
    let of = Of { subject: read.subject, account: None };
    db.accesses.note(&db.pool, reading, read.turn, ready(Ok(of))).await.map_err(rpc::unavailable)
}
