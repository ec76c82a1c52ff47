//! `okno.inbox.v1.ConversationService`.

use bus::Bus;
use contracts::inbox::{
    AddNoteRequest, AddNoteResponse, BatchGetConversationsRequest, BatchGetConversationsResponse,
    BatchGetMessagesRequest, BatchGetMessagesResponse, CancelMessageRequest, CancelMessageResponse,
    CountConversationsRequest, CountConversationsResponse, DeleteMessageRequest, DeleteMessageResponse,
    EditMessageRequest, EditMessageResponse, GetDraftRequest, GetDraftResponse, ListConversationsRequest,
    ListConversationsResponse, ListMessageVersionsRequest, ListMessageVersionsResponse, ListMessagesRequest,
    ListMessagesResponse, MarkConversationReadRequest, MarkConversationReadResponse, ReactToMessageRequest,
    ReactToMessageResponse, RescheduleMessageRequest, RescheduleMessageResponse, SaveDraftRequest, SaveDraftResponse,
    SendMessageAgainRequest, SendMessageAgainResponse, SendMessageRequest, SendMessageResponse,
    SetAsideConversationRequest, SetAsideConversationResponse, SettleMessageRequest, SettleMessageResponse,
    SignalTypingRequest, SignalTypingResponse, SignalViewingRequest, SignalViewingResponse,
    conversation_service_server::ConversationService,
};
use model::ConversationId;
use rpc::{invalid_field, page_size, parse_id, parse_ids};
use store::retry_conflicts;
use tonic::{Request, Response, Status};

use super::{aside, change::Db, drafts, list, marks, ops, typing};
use crate::{access::Viewer, messages::grpc as messages};

/// Serves conversations and messages to the page and to other services.
#[derive(Debug, Clone)]
pub struct ConversationApi {
    pub db: Db,
    /// For typing signals; without it nobody sees who types.
    pub bus: Option<Bus>,
}

/// A method's future answer.
type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl ConversationService for ConversationApi {
    async fn list_conversations(
        &self,
        request: Request<ListConversationsRequest>,
    ) -> Answer<ListConversationsResponse> {
        let viewer = Viewer::reader(&request)?;
        let reader = self.db.reader(&request)?;
        let request = request.into_inner();
        let size = page_size(request.page_size, 50, 200)?;
        let wanted = list::Wanted::read(&request)?;
        let (ids, next_page_token) = wanted.page(&self.db.pool, &viewer, size, &request.page_token).await?;
        let conversations = ops::in_order(&self.db.pool, &viewer, &ids).await?;
        reader.list().await?;
        Ok(Response::new(ListConversationsResponse { conversations, next_page_token }))
    }

    async fn batch_get_conversations(
        &self,
        request: Request<BatchGetConversationsRequest>,
    ) -> Answer<BatchGetConversationsResponse> {
        let viewer = Viewer::reader(&request)?;
        let reader = self.db.reader(&request)?;
        let ids: Vec<ConversationId> = parse_ids("conversation_ids", &request.get_ref().conversation_ids, 200)?;
        let conversations = ops::batch_get(&self.db.pool, &viewer, &ids).await?;
        if reader.reads_single(conversations.len(), request.get_ref().in_passing) {
            reader.each(conversations.iter().filter_map(|one| one.conversation_id.parse().ok())).await?;
        } else {
            reader.list().await?;
        }
        Ok(Response::new(BatchGetConversationsResponse { conversations }))
    }

    async fn count_conversations(
        &self,
        request: Request<CountConversationsRequest>,
    ) -> Answer<CountConversationsResponse> {
        let viewer = Viewer::reader(&request)?;
        Ok(Response::new(ops::count(&self.db.pool, &viewer).await?))
    }

    async fn list_messages(&self, request: Request<ListMessagesRequest>) -> Answer<ListMessagesResponse> {
        messages::list(&self.db, request).await.map(Response::new)
    }

    async fn batch_get_messages(&self, request: Request<BatchGetMessagesRequest>) -> Answer<BatchGetMessagesResponse> {
        messages::batch_get(&self.db, request).await.map(Response::new)
    }

    async fn list_message_versions(
        &self,
        request: Request<ListMessageVersionsRequest>,
    ) -> Answer<ListMessageVersionsResponse> {
        messages::versions(&self.db, request).await.map(Response::new)
    }

    async fn send_message(&self, request: Request<SendMessageRequest>) -> Answer<SendMessageResponse> {
        messages::send(&self.db, request).await.map(Response::new)
    }

    async fn add_note(&self, request: Request<AddNoteRequest>) -> Answer<AddNoteResponse> {
        messages::add_note(&self.db, request).await.map(Response::new)
    }

    async fn edit_message(&self, request: Request<EditMessageRequest>) -> Answer<EditMessageResponse> {
        messages::edit(&self.db, request).await.map(Response::new)
    }

    async fn delete_message(&self, request: Request<DeleteMessageRequest>) -> Answer<DeleteMessageResponse> {
        messages::delete(&self.db, request).await.map(Response::new)
    }

    async fn react_to_message(&self, request: Request<ReactToMessageRequest>) -> Answer<ReactToMessageResponse> {
        messages::react(&self.db, request).await.map(Response::new)
    }

    async fn cancel_message(&self, request: Request<CancelMessageRequest>) -> Answer<CancelMessageResponse> {
        messages::cancel(&self.db, request).await.map(Response::new)
    }

    async fn reschedule_message(
        &self,
        request: Request<RescheduleMessageRequest>,
    ) -> Answer<RescheduleMessageResponse> {
        messages::reschedule(&self.db, request).await.map(Response::new)
    }

    async fn settle_message(&self, request: Request<SettleMessageRequest>) -> Answer<SettleMessageResponse> {
        messages::settle(&self.db, request).await.map(Response::new)
    }

    async fn send_message_again(&self, request: Request<SendMessageAgainRequest>) -> Answer<SendMessageAgainResponse> {
        messages::send_again(&self.db, request).await.map(Response::new)
    }

    async fn mark_conversation_read(
        &self,
        request: Request<MarkConversationReadRequest>,
    ) -> Answer<MarkConversationReadResponse> {
        let viewer = Viewer::writer(&request)?;
        let request = request.into_inner();
        let id = parse_id("conversation_id", &request.conversation_id)?;
        let seq = i64::try_from(request.seq).unwrap_or(i64::MAX);
        let unread = retry_conflicts(|| marks::mark(&self.db, &viewer, id, seq, request.unread)).await?;
        Ok(Response::new(MarkConversationReadResponse { unread }))
    }

    async fn set_aside_conversation(
        &self,
        request: Request<SetAsideConversationRequest>,
    ) -> Answer<SetAsideConversationResponse> {
        let viewer = Viewer::writer(&request)?;
        let SetAsideConversationRequest { conversation_id, back, seq } = request.into_inner();
        let id: ConversationId = parse_id("conversation_id", &conversation_id)?;
        let seq = i64::try_from(seq).unwrap_or(i64::MAX);
        let id = retry_conflicts(|| aside::set(&self.db, &viewer, id, seq, back)).await?;
        let conversation = ops::batch_get(&self.db.pool, &viewer, &[id]).await?.pop();
        Ok(Response::new(SetAsideConversationResponse { conversation }))
    }

    async fn get_draft(&self, request: Request<GetDraftRequest>) -> Answer<GetDraftResponse> {
        let viewer = Viewer::reader(&request)?;
        let id = parse_id("conversation_id", &request.get_ref().conversation_id)?;
        let draft = drafts::get(&self.db, &viewer, id).await?;
        self.db.reader(&request)?.list().await?;
        Ok(Response::new(GetDraftResponse { draft }))
    }

    async fn save_draft(&self, request: Request<SaveDraftRequest>) -> Answer<SaveDraftResponse> {
        let viewer = Viewer::writer(&request)?;
        let draft = request.into_inner().draft.ok_or_else(|| invalid_field("draft", "is required"))?;
        let id = parse_id("draft.conversation_id", &draft.conversation_id)?;
        let wanted = drafts::Wanted::read(&draft)?;
        let draft = retry_conflicts(|| drafts::save(&self.db, &viewer, id, &wanted)).await?;
        Ok(Response::new(SaveDraftResponse { draft }))
    }

    async fn signal_typing(&self, request: Request<SignalTypingRequest>) -> Answer<SignalTypingResponse> {
        let viewer = Viewer::writer(&request)?;
        let id = parse_id("conversation_id", &request.get_ref().conversation_id)?;
        typing::signal(&self.db.pool, self.bus.as_ref(), &viewer, id).await?;
        Ok(Response::new(SignalTypingResponse {}))
    }

    async fn signal_viewing(&self, request: Request<SignalViewingRequest>) -> Answer<SignalViewingResponse> {
        let viewer = Viewer::reader(&request)?;
        let request = request.get_ref();
        let id = parse_id("conversation_id", &request.conversation_id)?;
        typing::viewing(&self.db.pool, self.bus.as_ref(), &viewer, id, request.left).await?;
        Ok(Response::new(SignalViewingResponse {}))
    }
}
