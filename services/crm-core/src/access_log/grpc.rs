//! Translates AccessLogService; decides nothing.

use std::collections::HashMap;

use ::store::{
    Schema,
    access::{self, Filter, Place, Row},
};
use contracts::{
    crm::{ListAccessesRequest, ListAccessesResponse, access_log_service_server::AccessLogService},
    org::{Access, AccessKind},
};
use rpc::{AccessesAsked, PageToken, finish_page, page_size};
use tonic::{Request, Response, Status, async_trait};
use uuid::Uuid;

use super::store::{self, Named};
use crate::{caller::enter, change::Db, clients::message::id_text, error::Fault, refusals};

pub struct AccessLogGrpc {
    pub db: Db,
}

#[async_trait]
impl AccessLogService for AccessLogGrpc {
    async fn list_accesses(
        &self,
        request: Request<ListAccessesRequest>,
    ) -> Result<Response<ListAccessesResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.read")?;
        refusals::administrators_only(&self.db, actor, "access_log", Uuid::nil()).await?;
        let size = page_size(request.page_size, 50, 200)?;
        let asked = AccessesAsked::read(request.filter)?;
        let after = PageToken::decode::<Place>(&asked.query, &request.page_token)?;
        let rows = self.rows(&asked, after, i64::from(size) + 1).await.map_err(Fault::from)?;
        let (rows, next_page_token) = finish_page(rows, size, &asked.query, |last| Place(last.at, last.access_id));
        let named = store::named(&self.db.pool, &rows).await.map_err(Fault::from)?;
        let accesses = rows.iter().map(|row| message(row, &named)).collect();
        Ok(Response::new(ListAccessesResponse { accesses, next_page_token }))
    }
}

impl AccessLogGrpc {
    async fn rows(&self, asked: &AccessesAsked, after: Option<Place>, limit: i64) -> sqlx::Result<Vec<Row>> {
        let subjects = match asked.client {
            Some(client) => Some(store::subjects(&self.db.pool, client).await?),
            None => None,
        };
        let filter = Filter {
            subjects,
            employee: asked.employee.map(Uuid::from),
            kinds: asked.kinds.clone(),
            from: asked.from,
            until: asked.until,
            ..Filter::default()
        };
        access::list(&self.db.pool, Schema::Crm, &filter, after, limit).await
    }
}

fn message(row: &Row, named: &HashMap<Uuid, Named>) -> Access {
    let object = named.get(&row.object_id);
    let subject = object.or_else(|| named.get(&row.subject_id?));
    let has_no_name = [AccessKind::ClientExport, AccessKind::PersonalExport, AccessKind::List].contains(&kind(row));
    Access {
        object_name: object.map(|object| object.name.clone()).unwrap_or_default(),
        object_gone: object.is_none() && !has_no_name,
        client_id: id_text(subject.and_then(|subject| subject.client)),
        client_name: subject.map(|subject| subject.client_name.clone()).unwrap_or_default(),
        records: object.map_or(0, |object| object.records),
        ..row.message()
    }
}

fn kind(row: &Row) -> AccessKind {
    AccessKind::try_from(i32::from(row.kind)).unwrap_or_default()
}
