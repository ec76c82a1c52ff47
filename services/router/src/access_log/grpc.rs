//! `okno.inbox.v1.AccessLogService`.

use std::collections::HashMap;

use ::store::{
    Schema,
    access::{self, Filter, Place, Row},
};
use contracts::{
    inbox::{ListAccessesRequest, ListAccessesResponse, access_log_service_server::AccessLogService},
    org::{Access, AccessKind},
};
use rpc::{AccessesAsked, Caller, PageToken, finish_page, page_size};
use sqlx::PgPool;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::store::{self, Named};
use crate::{access::Viewer, fault::broken};

/// Serves the log to administrators.
#[derive(Debug, Clone)]
pub struct AccessLogApi {
    pub pool: PgPool,
}

#[tonic::async_trait]
impl AccessLogService for AccessLogApi {
    async fn list_accesses(
        &self,
        request: Request<ListAccessesRequest>,
    ) -> Result<Response<ListAccessesResponse>, Status> {
        let viewer = Viewer::reader(&request)?;
        Caller::of(&request)?.require_administrator()?;
        let request = request.into_inner();
        let size = page_size(request.page_size, 50, 200)?;
        let asked = AccessesAsked::read(request.filter)?;
        let after = PageToken::decode::<Place>(&asked.query, &request.page_token)?;
        let rows = self.rows(&viewer, &asked, after, i64::from(size) + 1).await.map_err(broken)?;
        let (rows, next_page_token) = finish_page(rows, size, &asked.query, |last| Place(last.at, last.access_id));
        let accesses = self.messages(&viewer, &rows).await.map_err(broken)?;
        Ok(Response::new(ListAccessesResponse { accesses, next_page_token }))
    }
}

impl AccessLogApi {
    async fn rows(
        &self,
        viewer: &Viewer,
        asked: &AccessesAsked,
        after: Option<Place>,
        limit: i64,
    ) -> sqlx::Result<Vec<Row>> {
        // Who writes to somebody's personal account is told to its owner alone.
        let (subjects, closed) = match asked.client {
            Some(client) => {
                let subjects = store::subjects(&self.pool, client).await?;
                (Some(subjects), store::closed_accounts(&self.pool, viewer).await?)
            }
            None => (None, Vec::new()),
        };
        let filter = Filter {
            subjects,
            employee: asked.employee.map(Uuid::from),
            kinds: asked.kinds.clone(),
            closed,
            from: asked.from,
            until: asked.until,
        };
        access::list(&self.pool, Schema::Inbox, &filter, after, limit).await
    }

    async fn messages(&self, viewer: &Viewer, rows: &[Row]) -> sqlx::Result<Vec<Access>> {
        let named = store::named(&self.pool, viewer, rows).await?;
        let letters = store::dead_letters(&self.pool, rows).await?;
        let accounts = store::accounts(&self.pool, rows).await?;
        let message = |row: &Row| {
            let account = row.account_id.and_then(|id| accounts.get(&id)).cloned();
            let (channel, account_name) = account.unwrap_or_default();
            let is_there = named.contains_key(&row.object_id) || letters.contains(&row.object_id);
            let object_gone = !is_there && !row.object_id.is_nil();
            Access { channel, account_name, object_gone, ..shown(row, &named) }
        };
        Ok(rows.iter().map(message).collect())
    }
}

/// With what an administrator may know of it.
fn shown(row: &Row, named: &HashMap<Uuid, Named>) -> Access {
    let told = row.message();
    let Some(object) = named.get(&row.object_id).filter(|object| !object.closed) else { return told };
    // A letter's original has a name that says nothing.
    let is_original = row.kind == AccessKind::LetterOriginal as i16;
    Access {
        object_name: if is_original { String::new() } else { object.name.clone() },
        client_id: object.client.map(|id| id.to_string()).unwrap_or_default(),
        client_name: object.client_name.clone(),
        conversation_id: object.conversation.to_string(),
        ..told
    }
}
