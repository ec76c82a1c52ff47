//! `okno.inbox.v1.ChannelTemplateService`.

use contracts::{
    channel::ChannelTemplate,
    errors::ErrorReason,
    inbox::{
        ListChannelTemplatesRequest, ListChannelTemplatesResponse, RefreshChannelTemplatesRequest,
        RefreshChannelTemplatesResponse, channel_template_service_server::ChannelTemplateService,
    },
};
use model::AccountId;
use rpc::{Fingerprint, PageToken, finish_page, invalid_field, page_size, parse_id};
use tonic::{Code, Request, Response, Status};

use super::{
    ops,
    store::{self, Place},
};
use crate::{
    access::Viewer,
    conversations::{self, Db},
    fault::broken,
};

const QUERY: usize = 200;

/// Serves the templates of accounts.
#[derive(Debug, Clone)]
pub struct TemplateApi {
    pub db: Db,
}

impl TemplateApi {
    async fn account(&self, id: AccountId) -> Result<store::Account, Status> {
        let found = store::account(&self.db.pool, id.0).await.map_err(broken)?;
        let why = format!("there is no account {id}");
        found.ok_or_else(|| rpc::status(Code::NotFound, ErrorReason::AccountNotFound, &why))
    }
}

#[tonic::async_trait]
impl ChannelTemplateService for TemplateApi {
    async fn list_channel_templates(
        &self,
        request: Request<ListChannelTemplatesRequest>,
    ) -> Result<Response<ListChannelTemplatesResponse>, Status> {
        Viewer::reader(&request)?;
        let request = request.into_inner();
        let id: AccountId = parse_id("account_id", &request.account_id)?;
        let size = page_size(request.page_size, 50, 200)?;
        let words = request.query.trim();
        if words.chars().count() > QUERY || words.contains('\0') {
            return Err(invalid_field("query", "is longer than 200 characters"));
        }
        let query = Fingerprint::of("ListChannelTemplates", &(id, request.only_approved, words));
        let after = PageToken::decode::<Place>(&query, &request.page_token)?;
        let account = self.account(id).await?;
        let found = store::page(&self.db.pool, id.0, request.only_approved, words, after, i64::from(size) + 1).await;
        let place = |template: &ChannelTemplate| (template.name.clone(), template.language.clone());
        let (templates, next_page_token) = finish_page(found.map_err(broken)?, size, &query, place);
        let listed_at = account.listed_at.map(rpc::timestamp);
        Ok(Response::new(ListChannelTemplatesResponse { templates, next_page_token, listed_at }))
    }

    async fn refresh_channel_templates(
        &self,
        request: Request<RefreshChannelTemplatesRequest>,
    ) -> Result<Response<RefreshChannelTemplatesResponse>, Status> {
        Viewer::writer(&request)?;
        let id: AccountId = parse_id("account_id", &request.get_ref().account_id)?;
        let account = self.account(id).await?;
        if !account.enabled {
            let why = "the account is switched off";
            return Err(rpc::status(Code::FailedPrecondition, ErrorReason::AccountOff, &why));
        }
        let can = conversations::capabilities(&self.db.pool, id).await.map_err(broken)?;
        if !can.is_some_and(|can| can.templates) {
            let why = "the channel has no templates";
            let facts = [("ability", "templates")];
            return Err(rpc::status_with(Code::FailedPrecondition, ErrorReason::ChannelCannot, &why, &facts));
        }
        if ops::refresh(&self.db.pool, id).await.map_err(broken)? {
            self.db.wakes.dispatch.notify_one();
        }
        Ok(Response::new(RefreshChannelTemplatesResponse {}))
    }
}
