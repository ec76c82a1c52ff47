//! Translates FeedService; decides nothing.

use contracts::crm::{
    FeedEntry, FeedFile, FeedFilter, FeedKind, ListClientFeedRequest, ListClientFeedResponse, PinFeedEntryRequest,
    PinFeedEntryResponse, UnpinFeedEntryRequest, UnpinFeedEntryResponse, feed_service_server::FeedService,
};
use rpc::{PageToken, datetime, finish_page, page_size, parse_id, parse_ids, timestamp};
use tonic::{Request, Response, Status, async_trait};

use super::{
    FeedError,
    domain::{Entry, File, Filter, Place},
    ops::{self, Asked},
    read::TEXT,
};
use crate::{
    access_log::{self, Read},
    caller::{also, enter},
    change::Db,
    error::Fault,
    text::{optional_line, search_form},
};

pub struct FeedGrpc {
    pub db: Db,
}

#[async_trait]
impl FeedService for FeedGrpc {
    async fn list_client_feed(
        &self,
        request: Request<ListClientFeedRequest>,
    ) -> Result<Response<ListClientFeedResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        also(&caller, "inbox.read")?;
        let size = page_size(request.page_size, 50, 200)?;
        let wanted = request.filter.unwrap_or_default();
        let time = |at: Option<prost_types::Timestamp>| at.map(|at| (at.seconds, at.nanos));
        let asked = (
            (&request.client_id, &wanted.kinds, &wanted.employee_ids),
            (time(wanted.from), time(wanted.until), &wanted.query),
        );
        let query = rpc::Fingerprint::of("ListClientFeed", &asked);
        let asked = Asked {
            client: parse_id("client_id", &request.client_id)?,
            personal: caller.sees_own_personal(),
            filter: filter(wanted)?,
            after: PageToken::decode(&query, &request.page_token)?,
            limit: i64::from(size) + 1,
        };
        let page = ops::list(&self.db, actor, &asked).await?;
        access_log::note(&self.db, &caller, Read::client(asked.client).on()).await?;
        let (entries, next_page_token) =
            finish_page(page.entries, size, &query, |last: &Entry| Place(last.at, last.id));
        let all = |entries: Vec<Entry>| entries.into_iter().map(entry).collect();
        Ok(Response::new(ListClientFeedResponse {
            plans: all(page.plans),
            pinned: all(page.pinned),
            entries: all(entries),
            next_page_token,
            hidden_conversations: u32::try_from(page.scope.hidden).unwrap_or(u32::MAX),
            conversation_ids: page.scope.conversations.iter().map(ToString::to_string).collect(),
        }))
    }

    async fn pin_feed_entry(
        &self,
        request: Request<PinFeedEntryRequest>,
    ) -> Result<Response<PinFeedEntryResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.write")?;
        also(&caller, "inbox.read")?;
        let (client, entry) = (parse_id("client_id", &request.client_id)?, parse_id("entry_id", &request.entry_id)?);
        ops::pin(&self.db, actor, client, entry, caller.sees_own_personal()).await?;
        Ok(Response::new(PinFeedEntryResponse {}))
    }

    async fn unpin_feed_entry(
        &self,
        request: Request<UnpinFeedEntryRequest>,
    ) -> Result<Response<UnpinFeedEntryResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let (client, entry) = (parse_id("client_id", &request.client_id)?, parse_id("entry_id", &request.entry_id)?);
        ops::unpin(&self.db, actor, client, entry).await?;
        Ok(Response::new(UnpinFeedEntryResponse {}))
    }
}

fn filter(wanted: FeedFilter) -> Result<Filter, Status> {
    let kind = |number: &i32| {
        let known = FeedKind::try_from(*number).ok().filter(|kind| *kind != FeedKind::Unspecified);
        let number = known.and_then(|kind| i16::try_from(i32::from(kind)).ok());
        number.ok_or_else(|| rpc::invalid_field("filter.kinds", "holds a kind that there is not"))
    };
    let query = optional_line("filter.query", &wanted.query, 200).map_err(FeedError::from)?;
    let (from, until) = (datetime("filter.from", wanted.from)?, datetime("filter.until", wanted.until)?);
    if from.zip(until).is_some_and(|(from, until)| from >= until) {
        return Err(FeedError::from(Fault::invalid("filter.until", "must be after filter.from")).into());
    }
    Ok(Filter {
        kinds: wanted.kinds.iter().map(kind).collect::<Result<_, _>>()?,
        employees: parse_ids("filter.employee_ids", &wanted.employee_ids, 200)?,
        from,
        until,
        words: search_form(&query),
    })
}

fn entry(from: Entry) -> FeedEntry {
    let cut = from.text.char_indices().nth(TEXT).map(|(at, _)| at);
    FeedEntry {
        entry_id: from.id.to_string(),
        kind: from.kind.into(),
        state: from.state.into(),
        at: Some(timestamp(from.at)),
        employee_id: from.employee.map(|id| id.to_string()).unwrap_or_default(),
        text: cut.map_or_else(|| from.text.clone(), |at| from.text[..at].to_owned()),
        text_cut: cut.is_some(),
        conversation_id: from.conversation.map(|id| id.to_string()).unwrap_or_default(),
        pinned: from.pinned,
        files: from.detail.files.unwrap_or_default().into_iter().map(file).collect(),
        old_values: from.detail.old_values,
        new_values: from.detail.new_values,
        facts: from.detail.facts,
    }
}

fn file(from: File) -> FeedFile {
    FeedFile {
        attachment_id: from.attachment_id.to_string(),
        name: from.name,
        mime_type: from.mime_type,
        size_bytes: from.size_bytes,
        kind: from.kind,
        has_thumbnail: from.has_thumbnail,
    }
}
