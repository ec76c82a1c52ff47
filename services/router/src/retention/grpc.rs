//! `okno.inbox.v1.RetentionService`.

use contracts::inbox::{
    ListRetentionRulesRequest, ListRetentionRulesResponse, PreviewRetentionRequest, PreviewRetentionResponse,
    RetentionCount, RetentionRule, RetentionRun, SetRetentionRuleRequest, SetRetentionRuleResponse,
    retention_service_server::RetentionService,
};
use rpc::{Caller, etag, invalid_field, parse_etag, parse_optional_id, timestamp};
use sqlx::PgPool;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    RetentionError,
    ops::{self, Wanted},
    rules::{self, Rule},
};
use crate::{access::Viewer, fault::broken};

/// Serves the rules.
#[derive(Debug, Clone)]
pub struct RetentionApi {
    pub pool: PgPool,
}

fn administrator(viewer: Viewer) -> Result<Viewer, RetentionError> {
    if viewer.administrator { Ok(viewer) } else { Err(RetentionError::Permission) }
}

fn months(field: &'static str, months: u32) -> Result<i32, Status> {
    i32::try_from(months).map_err(|_| invalid_field(field, "is too large"))
}

#[tonic::async_trait]
impl RetentionService for RetentionApi {
    async fn list_retention_rules(
        &self,
        request: Request<ListRetentionRulesRequest>,
    ) -> Result<Response<ListRetentionRulesResponse>, Status> {
        administrator(Viewer::reader(&request)?)?;
        let found = rules::list(&self.pool).await.map_err(broken)?;
        let rules = found.iter().map(rule).collect();
        Ok(Response::new(ListRetentionRulesResponse { rules }))
    }

    async fn preview_retention(
        &self,
        request: Request<PreviewRetentionRequest>,
    ) -> Result<Response<PreviewRetentionResponse>, Status> {
        administrator(Viewer::reader(&request)?)?;
        let request = request.into_inner();
        let account = parse_optional_id::<Uuid>("account_id", &request.account_id)?;
        let months = months("months", request.months)?;
        let found = ops::preview(&self.pool, &request.channel, account, months).await?;
        let count = count(found.messages, found.conversations, found.files);
        Ok(Response::new(PreviewRetentionResponse { count: Some(count) }))
    }

    async fn set_retention_rule(
        &self,
        request: Request<SetRetentionRuleRequest>,
    ) -> Result<Response<SetRetentionRuleResponse>, Status> {
        let by = administrator(Viewer::writer(&request)?)?.employee;
        if Caller::of(&request)?.session.is_none() {
            return Err(rpc::denied("session", &"this is for people who are signed in"));
        }
        let request = request.into_inner();
        let asked = request.rule.ok_or_else(|| invalid_field("rule", "is required"))?;
        let wanted = Wanted {
            account: parse_optional_id("rule.account_id", &asked.account_id)?,
            months: months("rule.months", asked.months)?,
            seen_revision: parse_etag(&asked.etag)?,
            messages_seen: i64::try_from(request.messages_seen).unwrap_or(i64::MAX),
            as_channel: request.as_channel,
            channel: asked.channel,
        };
        let set = ops::set(&self.pool, by.0, &wanted).await?;
        Ok(Response::new(SetRetentionRuleResponse { rule: set.as_ref().map(rule) }))
    }
}

fn rule(rule: &Rule) -> RetentionRule {
    RetentionRule {
        channel: rule.channel.clone(),
        account_id: rule.account.map(|id| id.to_string()).unwrap_or_default(),
        months: rule.months.unsigned_abs(),
        etag: etag(rule.revision),
        set_by_employee_id: rule.set_by.map(|id| id.to_string()).unwrap_or_default(),
        set_at: Some(timestamp(rule.set_at)),
        last_run: rule.started_at.map(|started_at| RetentionRun {
            started_at: Some(timestamp(started_at)),
            ended_at: rule.ended_at.map(timestamp),
            before: rule.before_at.map(timestamp),
            erased: Some(count(rule.messages, rule.conversations, rule.files)),
        }),
    }
}

fn count(messages: i64, conversations: i64, files: i64) -> RetentionCount {
    RetentionCount {
        messages: messages.unsigned_abs(),
        conversations: conversations.unsigned_abs(),
        files: files.unsigned_abs(),
    }
}
