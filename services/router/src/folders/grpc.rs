//! `okno.inbox.v1.FolderService`.

use contracts::inbox::{
    CreateFolderRequest, CreateFolderResponse, DeleteFolderRequest, DeleteFolderResponse, FolderKind,
    GetFolderRunRequest, GetFolderRunResponse, ListFolderRulesRequest, ListFolderRulesResponse, ListFoldersRequest,
    ListFoldersResponse, MoveConversationsRequest, MoveConversationsResponse, ReplaceFolderRulesRequest,
    ReplaceFolderRulesResponse, RunFolderRulesRequest, RunFolderRulesResponse, UpdateFolderRequest,
    UpdateFolderResponse, folder_service_server::FolderService,
};
use model::ConversationId;
use rpc::{invalid_field, parse_etag, parse_id, parse_ids, parse_optional_id};
use store::retry_conflicts;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    access::Account,
    domain::{Folder, FolderError},
    moves, ops, rules,
    run::{self, Wanted},
    store as rows,
};
use crate::{access::Viewer, conversations::Db, directory::Directory, fault::broken};

/// Conversations that are moved at once.
const MOVED: usize = 200;
const RULES: usize = 100;

/// Serves folders and rules.
#[derive(Debug, Clone)]
pub struct FolderApi {
    pub db: Db,
    pub directory: Directory,
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl FolderService for FolderApi {
    async fn list_folders(&self, request: Request<ListFoldersRequest>) -> Answer<ListFoldersResponse> {
        let viewer = Viewer::reader(&request)?;
        let request = request.into_inner();
        let id = parse_id("account_id", &request.account_id)?;
        let account = Account::seen(&self.db.pool, &viewer, id).await?;
        let tree = rows::of_account(&self.db.pool, account.id).await.map_err(broken)?;
        let counts = if request.with_counts {
            let mut db = self.db.pool.acquire().await.map_err(broken)?;
            rows::counts(&mut db, &viewer, account.id).await.map_err(broken)?
        } else {
            std::collections::HashMap::new()
        };
        let folder = |folder: &Folder| {
            let (conversations, unread) = counts.get(&folder.id).copied().unwrap_or_default();
            contracts::inbox::Folder { conversations, unread, ..folder.contract() }
        };
        Ok(Response::new(ListFoldersResponse { folders: tree.in_order().into_iter().map(folder).collect() }))
    }

    async fn create_folder(&self, request: Request<CreateFolderRequest>) -> Answer<CreateFolderResponse> {
        let viewer = Viewer::writer(&request)?;
        let request = request.into_inner();
        let asked = request.folder.ok_or_else(|| invalid_field("folder", "is required"))?;
        let folder = Folder {
            id: parse_id("request_id", &request.request_id)?,
            account: parse_id("folder.account_id", &asked.account_id)?,
            kind: FolderKind::Unspecified,
            name: asked.name.trim().to_owned(),
            parent: parse_optional_id("folder.parent_folder_id", &asked.parent_folder_id)?,
            revision: 1,
        };
        let folder = retry_conflicts(|| ops::create(&self.db, &viewer, folder.clone())).await?;
        Ok(Response::new(CreateFolderResponse { folder: Some(folder.contract()) }))
    }

    async fn update_folder(&self, request: Request<UpdateFolderRequest>) -> Answer<UpdateFolderResponse> {
        let viewer = Viewer::writer(&request)?;
        let request = request.into_inner();
        let asked = request.folder.ok_or_else(|| invalid_field("folder", "is required"))?;
        let id = parse_id("folder.folder_id", &asked.folder_id)?;
        let seen = parse_etag(&asked.etag)?;
        let fields = request.update_mask.unwrap_or_default().paths;
        if fields.is_empty() {
            return Err(invalid_field("update_mask", "names nothing to change"));
        }
        let folder = ops::update(&self.db, &viewer, id, seen, &asked, &fields).await?;
        Ok(Response::new(UpdateFolderResponse { folder: Some(folder.contract()) }))
    }

    async fn delete_folder(&self, request: Request<DeleteFolderRequest>) -> Answer<DeleteFolderResponse> {
        let viewer = Viewer::writer(&request)?;
        let request = request.into_inner();
        let id = parse_id("folder_id", &request.folder_id)?;
        let seen = parse_etag(&request.etag)?;
        let to = parse_optional_id("to_folder_id", &request.to_folder_id)?;
        retry_conflicts(|| ops::delete(&self.db, &viewer, id, seen, to)).await?;
        Ok(Response::new(DeleteFolderResponse {}))
    }

    async fn list_folder_rules(&self, request: Request<ListFolderRulesRequest>) -> Answer<ListFolderRulesResponse> {
        let viewer = Viewer::reader(&request)?;
        let id = parse_id("account_id", &request.get_ref().account_id)?;
        let mut db = self.db.pool.acquire().await.map_err(broken)?;
        let account = Account::changeable(&mut db, &viewer, id).await?;
        let (revision, stored) = rows::rules(&mut *db, account.id).await.map_err(broken)?;
        let etag = rpc::etag(revision);
        Ok(Response::new(ListFolderRulesResponse { rules: rules::decoded(&stored), etag }))
    }

    async fn replace_folder_rules(
        &self,
        request: Request<ReplaceFolderRulesRequest>,
    ) -> Answer<ReplaceFolderRulesResponse> {
        let viewer = Viewer::writer(&request)?;
        let request = request.into_inner();
        let account = parse_id("account_id", &request.account_id)?;
        let seen = parse_etag(&request.etag)?;
        let rules = rules::read(request.rules)?;
        let replacing = || ops::replace_rules(&self.db, &viewer, account, seen, &rules);
        let revision = retry_conflicts(replacing).await?;
        // Other processes look within a second.
        self.directory.reload(&self.db.pool).await.ok();
        Ok(Response::new(ReplaceFolderRulesResponse { rules, etag: rpc::etag(revision) }))
    }

    async fn run_folder_rules(&self, request: Request<RunFolderRulesRequest>) -> Answer<RunFolderRulesResponse> {
        let viewer = Viewer::writer(&request)?;
        let request = request.into_inner();
        let wanted = Wanted {
            id: parse_id("run_id", &request.run_id)?,
            folder: parse_id("folder_id", &request.folder_id)?,
            with_subfolders: request.with_subfolders,
            rules: parse_ids("rule_ids", &request.rule_ids, RULES)?,
        };
        let run = run::begin(&self.db, &viewer, &wanted).await?;
        Ok(Response::new(RunFolderRulesResponse { run: Some(run) }))
    }

    async fn get_folder_run(&self, request: Request<GetFolderRunRequest>) -> Answer<GetFolderRunResponse> {
        let viewer = Viewer::reader(&request)?;
        let id: Uuid = parse_id("run_id", &request.get_ref().run_id)?;
        let run = run::get(&self.db, &viewer, id).await?;
        Ok(Response::new(GetFolderRunResponse { run: Some(run) }))
    }

    async fn move_conversations(
        &self,
        request: Request<MoveConversationsRequest>,
    ) -> Answer<MoveConversationsResponse> {
        let viewer = Viewer::writer(&request)?;
        let request = request.into_inner();
        let ids: Vec<ConversationId> = parse_ids("conversation_ids", &request.conversation_ids, MOVED)?;
        let folder = moves::target(&self.db, &viewer, parse_id("folder_id", &request.folder_id)?).await?;
        let mut answer = MoveConversationsResponse::default();
        for (id, asked) in ids.into_iter().zip(request.conversation_ids) {
            let put = || moves::put(&self.db, &viewer, id, &folder);
            let moved = retry_conflicts::<_, FolderError, _, _>(put).await?;
            if moved { answer.moved_ids.push(asked) } else { answer.refused_ids.push(asked) }
        }
        Ok(Response::new(answer))
    }
}
