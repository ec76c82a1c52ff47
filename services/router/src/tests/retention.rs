//! What is older than a rule says is erased with everything that hangs on it; what is younger, of another account, or waits to be sent
//! stays.

use chrono::{TimeDelta, Utc};
use contracts::{
    channel::{Attachment, AttachmentKind, AttachmentState, Content, Inbound, Message as Said, inbound::Body},
    errors::ErrorReason,
    inbox::{
        ListRetentionRulesRequest, PreviewRetentionRequest, RetentionCount, RetentionRule, SetRetentionRuleRequest,
        SetRetentionRuleResponse, retention_service_server::RetentionService as _,
    },
};
use model::{AccountId, SessionId};
use object_store::{ObjectStoreExt as _, path::Path as Key};
use rpc::Caller;
use sqlx::AssertSqlSafe;
use tonic::{Code, Status};

use super::office::{Dialog, Office, reason, says};
use crate::{
    Wakes,
    files::Objects,
    retention::{self, RetentionApi, Sweeper},
};

struct Shelf {
    office: Office,
    api: RetentionApi,
    admin: Caller,
    sweeper: Sweeper,
    _folder: tempfile::TempDir,
}

impl Shelf {
    async fn open() -> Self {
        let office = Office::open().await;
        let admin = Caller { session: Some(SessionId::new()), ..office.administrator("Админ").await };
        let folder = tempfile::tempdir().unwrap();
        let objects = Objects::open(folder.path().to_str().unwrap()).unwrap();
        let sweeper = Sweeper { pool: office.pool.clone(), objects, wakes: Wakes::default() };
        Self { api: RetentionApi { pool: office.pool.clone() }, office, admin, sweeper, _folder: folder }
    }

    async fn run(&self, sql: &str) {
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&self.office.pool).await.unwrap();
    }

    /// A customer's file that lies in the object store.
    async fn shows(&self, address: &str, name: &str) {
        let key = format!("in/{}/{name}", self.office.account);
        self.sweeper.objects.0.put(&Key::from(key.as_str()), name.to_owned().into()).await.unwrap();
        let file = Attachment {
            kind: AttachmentKind::Document.into(),
            name: name.to_owned(),
            object_key: key,
            state: AttachmentState::Stored.into(),
            ..Attachment::default()
        };
        let content = Content { text: name.to_owned(), attachments: vec![file], ..Content::default() };
        let body = Some(Body::Message(Said { content: Some(content) }));
        self.office.facts(vec![Inbound { body, ..says(address, "") }]).await;
    }

    async fn has(&self, name: &str) -> bool {
        let key = Key::from(format!("in/{}/{name}", self.office.account));
        self.sweeper.objects.0.head(&key).await.is_ok()
    }

    /// Everything that is in the dialog by now came so many days ago.
    async fn age(&self, dialog: &Dialog, days: i64) {
        self.run(&format!(
            "update inbox.message set shown_at = now() - interval '{days} days' where conversation_id = '{}'",
            dialog.id
        ))
        .await;
    }

    async fn preview(&self, account: &str, months: u32) -> RetentionCount {
        let request = PreviewRetentionRequest { channel: "test".to_owned(), account_id: account.to_owned(), months };
        self.api.preview_retention(self.admin.request(request)).await.unwrap().into_inner().count.unwrap()
    }

    async fn set(&self, account: &str, months: u32, etag: &str, seen: u64) -> Result<RetentionRule, Status> {
        let rule = RetentionRule {
            channel: "test".to_owned(),
            account_id: account.to_owned(),
            months,
            etag: etag.to_owned(),
            ..RetentionRule::default()
        };
        let request = SetRetentionRuleRequest { rule: Some(rule), messages_seen: seen, as_channel: false };
        Ok(self.api.set_retention_rule(self.admin.request(request)).await?.into_inner().rule.unwrap())
    }

    async fn rules(&self) -> Vec<RetentionRule> {
        let request = self.admin.request(ListRetentionRulesRequest {});
        self.api.list_retention_rules(request).await.unwrap().into_inner().rules
    }

    /// Stretch by stretch, each by a process that is ended after it.
    async fn sweep(&self) {
        while let Some(mut run) = retention::claim(&self.office.pool).await.unwrap() {
            retention::round(&self.sweeper, &mut run).await.unwrap();
        }
    }

    async fn texts(&self, dialog: &Dialog) -> Vec<String> {
        let sql = "select text from inbox.message where conversation_id = $1::uuid and kind <> 3 order by seq";
        sqlx::query_scalar(sql).bind(&dialog.id).fetch_all(&self.office.pool).await.unwrap()
    }
}

// acceptance: XC-8
#[tokio::test]
async fn old_messages_are_erased_with_their_files_and_the_dialog_says_so() {
    let shelf = Shelf::open().await;
    let anna = shelf.office.operator("Анна", shelf.office.sales).await;
    let dialog = shelf.office.taken(&anna, "buyer").await;
    shelf.shows("buyer", "old.pdf").await;
    shelf.shows("buyer", "shared.pdf").await;
    shelf.office.send(&anna, &dialog, "Ещё не ушло").await;
    shelf.age(&dialog, 200).await;
    shelf.shows("buyer", "new.pdf").await;
    shelf.shows("buyer", "shared.pdf").await;
    let silent = shelf.office.writes("silent", "Давно молчит").await;
    shelf.age(&silent, 400).await;
    shelf
        .run(
            "insert into inbox.message_search (message_id, at, text_hash, words)
             select message_id, shown_at, 0, '' from inbox.message",
        )
        .await;

    let count = shelf.preview("", 6).await;
    assert_eq!((count.conversations, count.files), (2, 2));
    let unseen = shelf.set("", 6, "", 0).await.unwrap_err();
    assert_eq!(reason(&unseen), ErrorReason::RetentionCountChanged);
    shelf.set("", 6, "", count.messages).await.unwrap();
    shelf.sweep().await;

    assert_eq!(shelf.texts(&dialog).await, ["Ещё не ушло", "new.pdf", "shared.pdf"]);
    assert_eq!(shelf.texts(&silent).await, [""; 0]);
    let there = [shelf.has("old.pdf").await, shelf.has("shared.pdf").await, shelf.has("new.pdf").await];
    assert_eq!(there, [false, true, true]);
    let strays = "select (select count(*) from inbox.attachment a where not exists (
                      select from inbox.message m where m.message_id = a.message_id))
                  + (select count(*) from inbox.message_search s where not exists (
                      select from inbox.message m where m.message_id = s.message_id))";
    assert_eq!(shelf.office.count(strays).await, 0);
    for dialog in [&dialog, &silent] {
        let row = shelf.office.row(&shelf.admin, dialog).await.expect("the dialog stays");
        assert_eq!(row.removed_months, 6);
        let before = rpc::required_datetime("removed_before", row.removed_before).unwrap();
        assert!((Utc::now() - before - TimeDelta::days(182)).abs() < TimeDelta::days(4), "{before}");
    }
    let rules = shelf.rules().await;
    let run = rules[0].last_run.as_ref().unwrap();
    assert_eq!(run.erased, Some(count), "as it was counted before");
    assert!(run.ended_at.is_some());
    let swept = "select count(*) from inbox.audit where action = 'retention.swept'";
    assert_eq!(shelf.office.count(swept).await, 1);
    assert!(retention::claim(&shelf.office.pool).await.unwrap().is_none(), "the next run comes in a day");
}

#[tokio::test]
async fn an_account_has_its_own_rule_and_what_is_kept_for_ever_stays() {
    let shelf = Shelf::open().await;
    let dialog = shelf.office.writes("buyer", "Старое").await;
    shelf.age(&dialog, 400).await;
    let account = shelf.office.account.to_string();
    let own = shelf.set(&account, 0, "", 0).await.unwrap();
    assert_eq!(shelf.preview("", 1).await.messages, 0, "the channel's rule does not reach it");
    shelf.set("", 1, "", 0).await.unwrap();
    shelf.sweep().await;
    assert_eq!(shelf.texts(&dialog).await, ["Старое"]);

    let seen = shelf.preview(&account, 1).await.messages;
    let stale = shelf.set(&account, 1, "r9", seen).await.unwrap_err();
    assert_eq!(reason(&stale), ErrorReason::EtagMismatch);
    let give_up = |seen| SetRetentionRuleRequest { rule: Some(own.clone()), messages_seen: seen, as_channel: true };
    let unseen = shelf.api.set_retention_rule(shelf.admin.request(give_up(0))).await.unwrap_err();
    assert_eq!(reason(&unseen), ErrorReason::RetentionCountChanged, "the channel's rule would take it");
    let done = shelf.api.set_retention_rule(shelf.admin.request(give_up(seen))).await.unwrap().into_inner();
    assert_eq!(done, SetRetentionRuleResponse { rule: None });
    shelf.run("update inbox.retention_rule set due_at = now()").await;
    shelf.sweep().await;
    assert_eq!(shelf.texts(&dialog).await, [""; 0]);
}

#[tokio::test]
async fn a_rule_that_is_changed_takes_nothing_by_what_it_said_before() {
    let shelf = Shelf::open().await;
    let dialog = shelf.office.writes("buyer", "Старое").await;
    shelf.age(&dialog, 400).await;
    let rule = shelf.set("", 6, "", shelf.preview("", 6).await.messages).await.unwrap();
    let mut run = retention::claim(&shelf.office.pool).await.unwrap().unwrap();
    shelf.set("", 0, &rule.etag, 0).await.unwrap();
    assert!(retention::round(&shelf.sweeper, &mut run).await.unwrap());
    assert_eq!(shelf.texts(&dialog).await, ["Старое"]);
    assert!(retention::claim(&shelf.office.pool).await.unwrap().is_none());
}

#[tokio::test]
async fn only_a_signed_in_administrator_decides_and_a_personal_account_has_no_rule_of_its_own() {
    let shelf = Shelf::open().await;
    let anna = shelf.office.operator("Анна", shelf.office.sales).await;
    let head = shelf.office.head("Глава", shelf.office.sales).await;
    for by in [&anna, &head] {
        let list = shelf.api.list_retention_rules(by.request(ListRetentionRulesRequest {})).await.unwrap_err();
        let preview = PreviewRetentionRequest { channel: "test".to_owned(), months: 1, ..Default::default() };
        let preview = shelf.api.preview_retention(by.request(preview)).await.unwrap_err();
        let set = shelf.api.set_retention_rule(by.request(SetRetentionRuleRequest::default())).await.unwrap_err();
        assert_eq!([list.code(), preview.code(), set.code()], [Code::PermissionDenied; 3]);
    }
    let key = Caller { session: None, ..shelf.admin.clone() };
    let by_key = shelf.api.set_retention_rule(key.request(SetRetentionRuleRequest::default())).await.unwrap_err();
    assert_eq!(by_key.code(), Code::PermissionDenied);
    let (personal, owner) = (AccountId::new(), anna.employee().unwrap());
    shelf
        .run(&format!(
            "insert into inbox.account (account_id, channel, name, owner_employee_id)
             values ('{personal}', 'test', 'Ящик', '{owner}')"
        ))
        .await;
    let refused = shelf.set(&personal.to_string(), 1, "", 0).await.unwrap_err();
    assert_eq!(reason(&refused), ErrorReason::AccountNotFound);
    assert_eq!(shelf.set("", 2_000, "", 0).await.unwrap_err().code(), Code::InvalidArgument);
}
