//! The history of the inbox area, as EventService tells it.

use contracts::{
    errors::ErrorReason,
    live::{ListEventsRequest, ListEventsResponse, event_service_server::EventService},
};
use rpc::{Caller, page_size, parse_optional_id};
use sqlx::PgPool;
use store::{
    Schema,
    event::{self, ListError},
    relay,
};
use tonic::{Code, Request, Response, Status, async_trait};
use uuid::Uuid;

pub struct EventGrpc {
    pub pool: PgPool,
}

#[async_trait]
impl EventService for EventGrpc {
    async fn list_events(&self, request: Request<ListEventsRequest>) -> Result<Response<ListEventsResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let request = request.into_inner();
        if request.area != Schema::Inbox.name() {
            return Err(rpc::invalid_field("area", "is not kept here"));
        }
        if request.head_only {
            let (epoch, head_position) = event::head(&self.pool, Schema::Inbox).await.map_err(|e| refusal(e.into()))?;
            let epoch = epoch.to_string();
            return Ok(Response::new(ListEventsResponse { events: Vec::new(), head_position, epoch }));
        }
        let size = usize::from(page_size(request.page_size, 100, 1_000)?);
        let epoch = parse_optional_id("epoch", &request.epoch)?;
        let (mut after, mut events) = (request.after_position, Vec::new());
        loop {
            let page = match event::list(&self.pool, Schema::Inbox, epoch, after, 1_000).await {
                Err(ListError::OutOfRange) if caller.is_edge() => return Err(self.ahead(epoch, after).await),
                page => page.map_err(refusal)?,
            };
            after = page.events.last().map_or(page.head, |last| last.position);
            events.extend(page.events.into_iter().filter_map(|event| caller.may_learn(event)));
            events.truncate(size);
            // Fewer only at the head, so that a caller who sees nothing of a long stretch still gets on.
            if events.len() == size || after >= page.head {
                let (head_position, epoch) = (page.head, page.epoch.to_string());
                return Ok(Response::new(ListEventsResponse { events, head_position, epoch }));
            }
        }
    }
}

impl EventGrpc {
    /// The edge, whose word counts, holds a place above the head: the database was restored (rule E1).
    async fn ahead(&self, epoch: Option<Uuid>, after: u64) -> Status {
        let Some(epoch) = epoch else { return refusal(ListError::OutOfRange) };
        match relay::begin_anew(&self.pool, Schema::Inbox, epoch, after).await {
            Ok(()) => refusal(ListError::OutOfRange),
            Err(cause) => refusal(cause.into()),
        }
    }
}

fn refusal(error: ListError) -> Status {
    match error {
        ListError::OutOfRange => rpc::status(Code::OutOfRange, ErrorReason::PositionUnknown, &error),
        ListError::TooOld => rpc::status(Code::FailedPrecondition, ErrorReason::PositionUnknown, &error),
        ListError::Database(cause) => rpc::internal(cause),
    }
}
