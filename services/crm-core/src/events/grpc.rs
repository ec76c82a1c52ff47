//! Translates EventService for the area "crm".

use contracts::{
    errors::ErrorReason,
    live::{Audience, Event, ListEventsRequest, ListEventsResponse, event_service_server::EventService},
};
use rpc::{Caller, page_size, parse_optional_id};
use store::{
    Schema,
    event::{self, ListError, Page},
    relay,
};
use tonic::{Code, Request, Response, Status, async_trait};
use uuid::Uuid;

use crate::{caller::enter, change::Db};

pub struct EventGrpc {
    pub db: Db,
}

#[async_trait]
impl EventService for EventGrpc {
    async fn list_events(&self, request: Request<ListEventsRequest>) -> Result<Response<ListEventsResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let request = if caller.is_edge() { request.into_inner() } else { enter(request, "crm.read")?.2 };
        if request.area != Schema::Crm.name() {
            return Err(rpc::invalid_field("area", "is not kept here"));
        }
        if request.head_only {
            let (epoch, head_position) =
                event::head(&self.db.pool, Schema::Crm).await.map_err(|e| refusal(e.into()))?;
            let epoch = epoch.to_string();
            return Ok(Response::new(ListEventsResponse { events: Vec::new(), head_position, epoch }));
        }
        let size = usize::from(page_size(request.page_size, 100, 1_000)?);
        let epoch = parse_optional_id("epoch", &request.epoch)?;
        let page = match self.visible(&caller, epoch, request.after_position, size).await {
            Err(ListError::OutOfRange) if caller.is_edge() => {
                return Err(self.ahead(epoch, request.after_position).await);
            }
            page => page.map_err(refusal)?,
        };
        let (head_position, epoch) = (page.head, page.epoch.to_string());
        Ok(Response::new(ListEventsResponse { events: page.events, head_position, epoch }))
    }
}

impl EventGrpc {
    /// The edge, whose word counts, holds a place above the head: the database was restored (rule E1).
    async fn ahead(&self, epoch: Option<Uuid>, after: u64) -> Status {
        let Some(epoch) = epoch else { return refusal(ListError::OutOfRange) };
        match relay::begin_anew(&self.db.pool, Schema::Crm, epoch, after).await {
            Ok(()) => refusal(ListError::OutOfRange),
            Err(cause) => refusal(cause.into()),
        }
    }

    /// Up to `size` events that the caller may see. Fewer only when the head was reached, so that a caller who sees
    /// nothing of a long stretch still gets on.
    async fn visible(
        &self,
        caller: &Caller,
        epoch: Option<Uuid>,
        mut after: u64,
        size: usize,
    ) -> Result<Page, ListError> {
        let mut seen = Vec::new();
        loop {
            let page = event::list(&self.db.pool, Schema::Crm, epoch, after, 1_000).await?;
            after = page.events.last().map_or(page.head, |last| last.position);
            seen.extend(page.events.into_iter().filter_map(|event| shown(caller, event)));
            seen.truncate(size);
            if seen.len() == size || after >= page.head {
                return Ok(Page { events: seen, ..page });
            }
        }
    }
}

/// The event as this caller may know it.
fn shown(caller: &Caller, mut event: Event) -> Option<Event> {
    if caller.is_edge() {
        return Some(event);
    }
    let audience = event.audience.take().unwrap_or_default();
    (caller.is_administrator() || concerns(caller, &audience)).then_some(event)
}

fn concerns(caller: &Caller, audience: &Audience) -> bool {
    let own = caller.employee().is_ok_and(|id| audience.employee_ids.contains(&id.to_string()));
    let departments = || caller.seen_departments.iter().any(|id| audience.department_ids.contains(&id.to_string()));
    audience.everyone || own || departments()
}

fn refusal(error: ListError) -> Status {
    match error {
        ListError::OutOfRange => rpc::status(Code::OutOfRange, ErrorReason::PositionUnknown, &error),
        ListError::TooOld => rpc::status(Code::FailedPrecondition, ErrorReason::PositionUnknown, &error),
        ListError::Database(cause) => crate::error::Fault::from(cause).into(),
    }
}
