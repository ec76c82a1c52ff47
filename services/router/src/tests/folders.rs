//! Folders of accounts and the rules that sort into them.

mod runs;
mod tree;

use contracts::{
    channel::{Attachment, Content, Inbound, Letter, MailAddress, Message as Said, inbound::Body},
    errors::ErrorReason,
    inbox::{
        ConversationFilter, CreateFolderRequest, Folder, FolderCondition, FolderField, FolderKind, FolderOperator,
        FolderRule, FolderTest, ListConversationsRequest, ListFolderRulesRequest, ListFoldersRequest,
        MoveConversationsRequest, MoveConversationsResponse, ReplaceFolderRulesRequest,
        conversation_service_server::ConversationService, folder_condition::What, folder_service_server::FolderService,
    },
};
use model::AccountId;
use rpc::Caller;
use tonic::{Code, Status};
use uuid::Uuid;

use super::office::{Dialog, Office, reason, says};
use crate::{Wakes, conversations::Db, folders::FolderApi};

impl Office {
    fn folder_api(&self) -> FolderApi {
        let db = Db::new(self.pool.clone(), Wakes::default());
        FolderApi { db, directory: self.directory.clone() }
    }

    async fn folders(&self, by: &Caller) -> Result<Vec<Folder>, Status> {
        let request = ListFoldersRequest { account_id: self.account.to_string(), with_counts: true };
        Ok(self.folder_api().list_folders(by.request(request)).await?.into_inner().folders)
    }

    async fn of_kind(&self, by: &Caller, kind: FolderKind) -> String {
        let folders = self.folders(by).await.unwrap();
        folders.into_iter().find(|folder| folder.kind() == kind).unwrap().folder_id
    }

    async fn makes_folder(&self, by: &Caller, name: &str, parent: &str) -> Result<Folder, Status> {
        let folder = Folder {
            account_id: self.account.to_string(),
            name: name.into(),
            parent_folder_id: parent.into(),
            ..Folder::default()
        };
        let request = CreateFolderRequest { request_id: Uuid::now_v7().to_string(), folder: Some(folder) };
        Ok(self.folder_api().create_folder(by.request(request)).await?.into_inner().folder.unwrap())
    }

    async fn folder(&self, by: &Caller, name: &str) -> String {
        self.makes_folder(by, name, "").await.unwrap().folder_id
    }

    async fn sorts_by(&self, by: &Caller, rules: &[FolderRule]) -> Result<String, Status> {
        let request = ReplaceFolderRulesRequest {
            account_id: self.account.to_string(),
            rules: rules.to_vec(),
            etag: String::new(),
        };
        Ok(self.folder_api().replace_folder_rules(by.request(request)).await?.into_inner().etag)
    }

    /// A letter of a thread comes in.
    async fn letter(&self, thread: &str, subject: &str) -> Dialog {
        self.facts(vec![letter(thread, subject, "Здравствуйте")]).await;
        self.lettered(thread).await
    }

    async fn lettered(&self, thread: &str) -> Dialog {
        let sql = "select conversation_id from inbox.conversation where thread_key = $1";
        let id: Uuid = sqlx::query_scalar(sql).bind(thread).fetch_one(&self.pool).await.unwrap();
        Dialog { id: id.to_string(), request: String::new() }
    }

    async fn lies_in(&self, by: &Caller, dialog: &Dialog) -> String {
        self.row(by, dialog).await.unwrap().folder_id
    }

    async fn in_folder(&self, by: &Caller, folder: &str) -> Vec<String> {
        let filter = ConversationFilter { folder_ids: vec![folder.into()], ..<_>::default() };
        let request = ListConversationsRequest { filter: Some(filter), ..<_>::default() };
        let page = self.conversations.list_conversations(by.request(request)).await.unwrap().into_inner();
        let mut ids: Vec<String> = page.conversations.into_iter().map(|row| row.conversation_id).collect();
        ids.sort();
        ids
    }

    async fn moves(&self, by: &Caller, dialogs: &[&Dialog], folder: &str) -> Result<MoveConversationsResponse, Status> {
        let conversation_ids = dialogs.iter().map(|dialog| dialog.id.clone()).collect();
        let request = MoveConversationsRequest { conversation_ids, folder_id: folder.into() };
        Ok(self.folder_api().move_conversations(by.request(request)).await?.into_inner())
    }

    /// The office has a personal account of `owner` in place of its own.
    async fn has_personal_account(&mut self, owner: &Caller) {
        self.account = AccountId::new();
        let sql = "insert into inbox.account (account_id, channel, name, owner_employee_id, live_since)
                   values ($1, 'test', 'Почта', $2, '2020-01-01')";
        let query = sqlx::query(sql).bind(self.account.0).bind(owner.employee().unwrap().0);
        query.execute(&self.pool).await.unwrap();
        self.directory.reload(&self.pool).await.unwrap();
    }
}

fn letter(thread: &str, subject: &str, text: &str) -> Inbound {
    let person = |address: &str| MailAddress { address: address.into(), name: String::new() };
    let letter = Letter {
        subject: subject.into(),
        from: Some(person("client@shop.example.com")),
        to: vec![person("info@example.com")],
        ..Letter::default()
    };
    let attachments = vec![Attachment { name: "Счёт.pdf".into(), ..Attachment::default() }];
    let content = Content { text: text.into(), attachments, letter: Some(Box::new(letter)), ..Content::default() };
    let body = Some(Body::Message(Said { content: Some(content) }));
    Inbound { thread_key: thread.into(), body, ..says("client@shop.example.com", "") }
}

fn test(field: FolderField, operator: FolderOperator, values: &[&str]) -> FolderCondition {
    let values = values.iter().map(ToString::to_string).collect();
    let test = FolderTest { field: field.into(), operator: operator.into(), values };
    FolderCondition { what: Some(What::Test(test)) }
}

fn rule(subject: &str, folder: &str) -> FolderRule {
    FolderRule {
        rule_id: Uuid::now_v7().to_string(),
        condition: Some(test(FolderField::Subject, FolderOperator::Contains, &[subject])),
        folder_id: folder.into(),
        ..FolderRule::default()
    }
}

// acceptance: EM-8
#[tokio::test]
async fn the_first_rule_that_fits_sorts_a_new_letter_and_answers_stay_with_it() {
    let office = Office::open().await;
    let admin = office.administrator("Админ").await;
    let (bills, acts) = (office.folder(&admin, "Счета").await, office.folder(&admin, "Акты").await);
    let (bill, act) = (rule("счёт", &bills), rule("акт", &acts));
    office.sorts_by(&admin, &[bill.clone(), act.clone()]).await.unwrap();
    let first = office.letter("1", "Счёт и акт").await;
    assert_eq!(office.lies_in(&admin, &first).await, bills);
    let plain = office.letter("2", "Вопрос").await;
    assert_eq!(office.lies_in(&admin, &plain).await, "", "none fits: the inbox");

    office.sorts_by(&admin, &[act.clone(), bill.clone()]).await.unwrap();
    let second = office.letter("3", "Счёт и акт").await;
    assert_eq!(office.lies_in(&admin, &second).await, acts, "the order of the rules decides");
    office.letter("1", "Re: Счёт и акт").await;
    office.letter("2", "Re: Вопрос, счёт").await;
    assert_eq!(office.lies_in(&admin, &first).await, bills, "an answer stays with what it answers");
    assert_eq!(office.lies_in(&admin, &plain).await, "");

    office.sorts_by(&admin, &[FolderRule { off: true, ..act }, bill]).await.unwrap();
    let third = office.letter("4", "Счёт и акт").await;
    assert_eq!(office.lies_in(&admin, &third).await, bills, "what is off is passed over");
    let inbox = office.of_kind(&admin, FolderKind::Inbox).await;
    assert_eq!(office.in_folder(&admin, &inbox).await, [plain.id]);
    assert_eq!(office.in_folder(&admin, &acts).await, [second.id]);
}

#[tokio::test]
async fn rules_see_every_field_of_a_letter_and_old_letters_too() {
    use FolderField::{Attachment, From, FromDomain, Subject, Text, To};
    let office = Office::open().await;
    let admin = office.administrator("Админ").await;
    let target = office.folder(&admin, "Цель").await;
    for (field, value) in [
        (From, "CLIENT@shop.example.com"),
        (FromDomain, "shop.example.com"),
        (To, "info@example.com"),
        (Subject, "ЁЛКИ"),
        (Text, "здравствуйте"),
        (Attachment, "счет.pdf"),
    ] {
        let condition = Some(test(field, FolderOperator::Equals, &[value]));
        office.sorts_by(&admin, &[FolderRule { condition, ..rule("", &target) }]).await.unwrap();
        let old = Inbound {
            shown_at: Some(prost_types::Timestamp { seconds: 1_000_000, nanos: 0 }),
            ..letter(&format!("{field:?}"), "Елки", "Здравствуйте")
        };
        office.facts(vec![old]).await;
        let dialog = office.lettered(&format!("{field:?}")).await;
        assert_eq!(office.lies_in(&admin, &dialog).await, target, "{field:?}");
    }
}

#[tokio::test]
async fn rules_are_read_back_and_bad_ones_are_refused() {
    let office = Office::open().await;
    let admin = office.administrator("Админ").await;
    let anna = office.operator("Анна", office.sales).await;
    let bills = office.folder(&admin, "Счета").await;
    let rules = [FolderRule { name: "Счета".into(), ..rule("счёт", &bills) }];
    let etag = office.sorts_by(&admin, &rules).await.unwrap();
    let list = || ListFolderRulesRequest { account_id: office.account.to_string() };
    let listed = office.folder_api().list_folder_rules(admin.request(list())).await.unwrap().into_inner();
    assert_eq!((listed.rules.as_slice(), &listed.etag), (&rules[..], &etag));
    office.sorts_by(&admin, &[]).await.unwrap();
    let stale = ReplaceFolderRulesRequest { account_id: office.account.to_string(), rules: vec![], etag };
    let refused = office.folder_api().replace_folder_rules(admin.request(stale)).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::Aborted, ErrorReason::EtagMismatch));
    let refused = office.sorts_by(&admin, &[rule("счёт", &Uuid::now_v7().to_string())]).await.unwrap_err();
    assert_eq!(reason(&refused), ErrorReason::FolderNotFound);
    let refused = office.sorts_by(&admin, &[FolderRule { condition: None, ..rule("", &bills) }]).await.unwrap_err();
    assert_eq!(rpc::metadata_of(&refused)["field"], "rules[0].condition");
    assert_eq!(office.sorts_by(&anna, &rules).await.unwrap_err().code(), Code::PermissionDenied);
    let refused = office.folder_api().list_folder_rules(anna.request(list())).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied, "conditions may name customers");
    let noted = office.count("select count(*) from inbox.audit where action = 'sorted_by'").await;
    assert_eq!(noted, 2);
}

#[tokio::test]
async fn whoever_works_on_a_dialog_moves_it() {
    let office = Office::open().await;
    let admin = office.administrator("Админ").await;
    let (anna, boris) = (office.operator("Анна", office.sales).await, office.operator("Борис", office.sales).await);
    let stranger = office.operator("Вера", office.service).await;
    let bills = office.folder(&admin, "Счета").await;
    let (free, taken) = (office.writes("1", "Раз").await, office.taken(&anna, "2").await);
    office.events().await;
    let moved = office.moves(&anna, &[&free, &taken], &bills).await.unwrap();
    assert_eq!((moved.moved_ids.len(), moved.refused_ids.len()), (2, 0));
    assert_eq!(office.events().await.len(), 2, "pages follow");
    assert_eq!(office.lies_in(&anna, &taken).await, bills);
    let inbox = office.of_kind(&boris, FolderKind::Inbox).await;
    let moved = office.moves(&boris, &[&free, &taken], &inbox).await.unwrap();
    assert_eq!((moved.moved_ids, moved.refused_ids), (vec![free.id.clone()], vec![taken.id.clone()]));
    assert_eq!(office.lies_in(&boris, &free).await, "");
    let moved = office.moves(&stranger, &[&free], &bills).await.unwrap();
    assert!(moved.moved_ids.is_empty(), "out of sight");
    assert_eq!(office.count("select count(*) from inbox.audit where action = 'moved'").await, 3);
    let refused = office.moves(&anna, &[&taken], &Uuid::now_v7().to_string()).await.unwrap_err();
    assert_eq!(reason(&refused), ErrorReason::FolderNotFound);
    let folders = office.folders(&anna).await.unwrap();
    let counted = folders.iter().find(|folder| folder.folder_id == bills).unwrap();
    assert_eq!((counted.conversations, counted.unread), (1, 1));
    assert_eq!(office.folders(&stranger).await.unwrap()[0].conversations, 0, "only what one sees is counted");
}

#[tokio::test]
async fn folders_of_a_personal_account_are_its_owners_alone() {
    let mut office = Office::open().await;
    let (admin, anna) = (office.administrator("Админ").await, office.operator("Анна", office.sales).await);
    let boris = office.operator("Борис", office.sales).await;
    let company = office.folder(&admin, "Общая").await;
    office.has_personal_account(&anna).await;
    let own = office.folder(&anna, "Моя").await;
    office.sorts_by(&anna, &[rule("счёт", &own)]).await.unwrap();
    let dialog = office.letter("1", "Счёт").await;
    assert_eq!(office.lies_in(&anna, &dialog).await, own);
    let key = Caller { scopes: vec!["inbox.read".into(), "inbox.write".into()], ..anna.clone() };
    for (who, code) in [(&admin, Code::PermissionDenied), (&boris, Code::NotFound), (&key, Code::NotFound)] {
        assert_eq!(office.folders(who).await.unwrap_err().code(), code);
        assert_eq!(office.makes_folder(who, "Чужая", "").await.unwrap_err().code(), code);
        assert_eq!(office.sorts_by(who, &[]).await.unwrap_err().code(), code);
        assert_eq!(reason(&office.moves(who, &[&dialog], &own).await.unwrap_err()), ErrorReason::FolderNotFound);
    }
    let moved = office.moves(&anna, &[&dialog], &company).await.unwrap();
    assert_eq!(moved.refused_ids, [dialog.id], "a folder of another account");
}
