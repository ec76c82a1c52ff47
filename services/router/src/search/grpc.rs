//! `okno.inbox.v1.SearchService`.

use std::collections::BTreeSet;

use contracts::inbox::{FindMessagesRequest, FindMessagesResponse, search_service_server::SearchService};
use model::ConversationId;
use rpc::{Fingerprint, PageToken, finish_page, invalid_field, page_size, parse_optional_id};
use tonic::{Request, Response, Status};

use super::find::{self, Cursor};
use crate::{
    access::Viewer,
    conversations::{self, Db},
    fault::broken,
};

/// Characters of a query.
const QUERY: std::ops::RangeInclusive<usize> = 2..=200;

/// Serves the search.
#[derive(Debug, Clone)]
pub struct SearchApi {
    pub db: Db,
}

#[tonic::async_trait]
impl SearchService for SearchApi {
    async fn find_messages(
        &self,
        request: Request<FindMessagesRequest>,
    ) -> Result<Response<FindMessagesResponse>, Status> {
        let viewer = Viewer::reader(&request)?;
        let (reader, pool) = (self.db.reader(&request)?, &self.db.pool);
        let request = request.into_inner();
        let typed = request.query.trim_start();
        if !QUERY.contains(&typed.trim().chars().count()) {
            return Err(invalid_field("query", "has 2 to 200 characters"));
        }
        let size = page_size(request.page_size, 20, 50)?;
        let within: Option<ConversationId> = parse_optional_id("conversation_id", &request.conversation_id)?;
        let query = Fingerprint::of("FindMessages", &(viewer.employee, typed, within));
        let after = PageToken::decode::<Cursor>(&query, &request.page_token)?;
        let Some(words) = find::read(pool, typed).await.map_err(broken)? else {
            return Ok(Response::new(FindMessagesResponse::default()));
        };
        let found = find::page(pool, &viewer, &words, within, after, usize::from(size)).await.map_err(broken)?;
        let (found, next_page_token) = finish_page(found, size, &query, |(_, cursor)| *cursor);
        let messages: Vec<_> = found.into_iter().map(|(message, _)| message).collect();
        let ids: BTreeSet<ConversationId> = messages.iter().filter_map(|m| m.conversation_id.parse().ok()).collect();
        let ids: Vec<_> = ids.into_iter().collect();
        let conversations = conversations::batch_get(pool, &viewer, &ids).await?;
        if reader.is_by_key() || within.is_some() {
            reader.each(ids).await?;
        }
        Ok(Response::new(FindMessagesResponse { messages, conversations, next_page_token }))
    }
}
