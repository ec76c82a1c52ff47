//! Translates DirectoryService; decides nothing.

use contracts::crm::{
    CreateDirectoryEntryRequest, CreateDirectoryEntryResponse, DirectoryEntry, DirectoryKind,
    ListDirectoryEntriesRequest, ListDirectoryEntriesResponse, UpdateDirectoryEntryRequest,
    UpdateDirectoryEntryResponse, directory_service_server::DirectoryService,
};
use rpc::{PageToken, finish_page, page_size, parse_id};
use tonic::{Request, Response, Status, async_trait};

use super::{
    CardError,
    directories::{self, Asked, Entry, Patch},
};
use crate::{
    caller::{Mask, enter, request_hash, request_id, required, seen},
    change::{Db, Revision},
    clients::message::{each_known, known},
    clock::now,
    text::{optional_line, search_form},
};

const CHANGEABLE: [&str; 6] = ["name", "place", "time_zone", "color", "archived", "reverse_name"];

pub struct DirectoryGrpc {
    pub db: Db,
}

#[async_trait]
impl DirectoryService for DirectoryGrpc {
    async fn list_directory_entries(
        &self,
        request: Request<ListDirectoryEntriesRequest>,
    ) -> Result<Response<ListDirectoryEntriesResponse>, Status> {
        let (_, _, request) = enter(request, "crm.read")?;
        let size = page_size(request.page_size, 200, 1_000)?;
        let asked = (&request.kinds, request.with_archived, &request.query);
        let query = rpc::Fingerprint::of("ListDirectoryEntries", &asked);
        let asked = Asked {
            kinds: each_known::<DirectoryKind>("kinds", &request.kinds)?,
            with_archived: request.with_archived,
            name_part: optional_line("query", &request.query, 200)?,
            after: PageToken::decode(&query, &request.page_token)?,
            limit: i64::from(size) + 1,
        };
        let found = directories::list(&self.db.pool, &asked).await.map_err(CardError::from)?;
        let place = |entry: &Entry| (entry.kind, entry.place, search_form(&entry.name), entry.id.0);
        let (page, next_page_token) = finish_page(found, size, &query, place);
        let entries = page.into_iter().map(message).collect();
        Ok(Response::new(ListDirectoryEntriesResponse { entries, next_page_token }))
    }

    async fn create_directory_entry(
        &self,
        request: Request<CreateDirectoryEntryRequest>,
    ) -> Result<Response<CreateDirectoryEntryResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let hash = request_hash(&request);
        let entry = required("entry", request.entry)?;
        let kind = known::<DirectoryKind>("entry.kind", entry.kind)?;
        if kind == 0 {
            return Err(rpc::invalid_field("entry.kind", "is required"));
        }
        let new = Entry {
            id: request_id(&request.request_id)?,
            revision: Revision(1),
            kind,
            name: entry.name,
            place: entry.place,
            time_zone: Some(entry.time_zone),
            color: entry.color,
            reverse_name: entry.reverse_name,
            archived_at: entry.archived.then(now),
        };
        let entry = directories::create(&self.db, actor, new, hash).await?;
        Ok(Response::new(CreateDirectoryEntryResponse { entry: Some(message(entry)) }))
    }

    async fn update_directory_entry(
        &self,
        request: Request<UpdateDirectoryEntryRequest>,
    ) -> Result<Response<UpdateDirectoryEntryResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let entry = required("entry", request.entry)?;
        let mask = Mask::read(request.update_mask, &CHANGEABLE)?;
        let id = parse_id("entry.entry_id", &entry.entry_id)?;
        let patch = Patch {
            seen: seen(&entry.etag)?,
            name: mask.take("name", entry.name),
            place: mask.take("place", entry.place),
            time_zone: mask.take("time_zone", Some(entry.time_zone)),
            color: mask.take("color", entry.color),
            reverse_name: mask.take("reverse_name", entry.reverse_name),
            archived: mask.take("archived", entry.archived),
        };
        let entry = directories::change(&self.db, actor, id, patch).await?;
        Ok(Response::new(UpdateDirectoryEntryResponse { entry: Some(message(entry)) }))
    }
}

fn message(entry: Entry) -> DirectoryEntry {
    DirectoryEntry {
        entry_id: entry.id.to_string(),
        etag: rpc::etag(entry.revision.0),
        kind: entry.kind.into(),
        name: entry.name,
        place: entry.place,
        time_zone: entry.time_zone.unwrap_or_default(),
        color: entry.color,
        reverse_name: entry.reverse_name,
        archived: entry.archived_at.is_some(),
    }
}
