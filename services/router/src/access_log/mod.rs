//! Who read dialogs, what came in them, and what could not be read: `inbox.access`, for administrators. What may not be read leaves
//! no trace here, but among the refusals.

mod grpc;
mod store;

use std::{collections::BTreeSet, future::ready};

use ::store::access::{Log, Of, Reading, Turn};
use contracts::org::AccessKind;
use model::ConversationId;
use rpc::Caller;
use sqlx::PgPool;
use tonic::{Request, Status};
use uuid::Uuid;

use crate::conversations::Db;

pub(crate) use grpc::AccessLogApi;

/// So few that are found together are read one by one; more of them are a list.
const FEW: usize = 3;

impl Db {
    /// Whoever asks.
    ///
    /// # Errors
    /// UNAUTHENTICATED, and as [`Reader::of`].
    pub fn reader<T>(&self, request: &Request<T>) -> Result<Reader<'_>, Status> {
        Reader::of(&self.pool, &self.accesses, Caller::of(request)?)
    }
}

/// Whoever reads something now, and where it is put on record.
#[derive(Debug, Clone, Copy)]
pub struct Reader<'a> {
    pool: &'a PgPool,
    log: &'a Log,
    employee: Uuid,
    by_key: bool,
}

impl<'a> Reader<'a> {
    /// # Errors
    /// PERMISSION_DENIED for the edge itself, whose own calls are on no record.
    pub fn of(pool: &'a PgPool, log: &'a Log, caller: &Caller) -> Result<Self, Status> {
        Ok(Self { pool, log, employee: caller.employee()?.0, by_key: caller.is_by_key() })
    }

    #[must_use]
    pub const fn is_by_key(&self) -> bool {
        self.by_key
    }

    /// A dialog, that it opens or reads on in.
    ///
    /// # Errors
    /// UNAVAILABLE: it is not on record, so nothing goes out.
    pub async fn conversation(self, id: ConversationId, turn: Turn) -> Result<(), Status> {
        let of = store::of_conversation(self.pool, id.0);
        self.note(AccessKind::Conversation, id.0, turn, of).await
    }

    /// Dialogs of which single things are read.
    ///
    /// # Errors
    /// As [`Reader::conversation`].
    pub async fn each(self, dialogs: impl IntoIterator<Item = ConversationId>) -> Result<(), Status> {
        for id in dialogs.into_iter().collect::<BTreeSet<_>>() {
            self.conversation(id, Turn::ReadsOn).await?;
        }
        Ok(())
    }

    /// Whether so many that were found at once are read one by one. What a page asks for in passing opens nothing; of a program that is
    /// not believed.
    #[must_use]
    pub const fn reads_single(self, found: usize, in_passing: bool) -> bool {
        found <= FEW && (self.by_key || !in_passing)
    }

    /// What a program reads of many at once; people have lists before them all day.
    ///
    /// # Errors
    /// As [`Reader::conversation`].
    pub async fn list(self) -> Result<(), Status> {
        if !self.by_key {
            return Ok(());
        }
        self.note(AccessKind::List, Uuid::nil(), Turn::Opens, ready(Ok(Of::default()))).await
    }

    /// # Errors
    /// As [`Reader::conversation`].
    pub async fn note(
        self,
        kind: AccessKind,
        object_id: Uuid,
        turn: Turn,
        of: impl Future<Output = sqlx::Result<Of>>,
    ) -> Result<(), Status> {
        let reading = Reading { employee_id: self.employee, by_key: self.by_key, kind: kind as i16, object_id };
        self.log.note(self.pool, reading, turn, of).await.map_err(rpc::unavailable)
    }
}
