//! A personal account: closed to everybody but its owner, whatever else somebody is, over every call that there is.

use std::collections::BTreeSet;

use contracts::{
    inbox::{CountConversationsRequest, CountConversationsResponse, OpenFilter, transfer_request_request::To},
    live::event::What,
};
use model::AccountId;

use super::{
    AddNoteRequest, Caller, Code, ConversationService, ErrorReason, ListConversationsRequest, MessageId, Office,
    RequestService, Sight, Subject, TransferRequestRequest, id_of, reason,
};
use crate::tests::office::says;

/// Calls of the contract that are about no one conversation, and what else holds each of them.
const ABOUT_NONE: [&str; 4] = [
    "CountConversations", // below
    "ListRejectReasons",  // a catalogue
    "CreateFile",         // the caller's own upload
    "CompleteFile",
];

impl Office {
    /// The office has an account of `owner` in place of its own, as an administrator makes one.
    pub async fn becomes_personal(&mut self, owner: &Caller) {
        self.account = AccountId::new();
        let sql = "insert into inbox.account (account_id, channel, name, owner_employee_id, assignment_method,
                       assignment_employees, live_since)
                   values ($1, 'test', 'Почта Анны', $2, 2, array[$2], '2020-01-01')";
        let query = sqlx::query(sql).bind(self.account.0).bind(owner.employee().unwrap().0);
        query.execute(&self.pool).await.unwrap();
        self.directory.reload(&self.pool).await.unwrap();
    }

    /// Mentioned there all the same: by a row of before, or by whoever writes to the database.
    async fn is_mentioned(&self, caller: &Caller, subject: &Subject) {
        let sql =
            "insert into inbox.mention (employee_id, conversation_id, message_id) values ($1, $2::uuid, $3::uuid)";
        let query = sqlx::query(sql).bind(caller.employee().unwrap().0);
        query.bind(&subject.dialog.id).bind(&subject.theirs).execute(&self.pool).await.unwrap();
    }

    async fn found(&self, by: &Caller, query: &str) -> usize {
        let request = ListConversationsRequest { query: query.to_owned(), ..<_>::default() };
        let page = self.conversations.list_conversations(by.request(request)).await.unwrap().into_inner();
        page.conversations.len()
    }

    async fn counted(&self, by: &Caller) -> CountConversationsResponse {
        let request = by.request(CountConversationsRequest {});
        self.conversations.count_conversations(request).await.unwrap().into_inner()
    }
}

// acceptance: EM-9
#[tokio::test]
async fn a_personal_account_is_closed_to_everybody_but_its_owner() {
    let mut office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    office.becomes_personal(&anna).await;
    let subject = office.subject("anna-only", &anna, false).await;
    let administrator = office.administrator("Жанна").await;
    let head = office.head("Егор", office.sales).await;
    let mentioned = office.operator("Борис", office.sales).await;
    office.is_mentioned(&mentioned, &subject).await;
    let responsible = office.operator("Вера", office.service).await;
    office.responsible(&responsible, "anna-only").await;
    let key = Caller { scopes: vec!["inbox.read".into(), "inbox.write".into()], ..anna.clone() };
    let both = Caller { departments: vec![office.sales, office.service], ..administrator.clone() };
    for (who, caller) in [
        ("an administrator", &administrator),
        ("an administrator of every department", &both),
        ("the head of the owner's department", &head),
        ("the mentioned", &mentioned),
        ("the client's responsible", &responsible),
        ("a key that an administrator has made for the owner", &key),
    ] {
        office.check(who, caller, &subject, Sight::None).await;
        for query in ["anna-only", "Ответ", "Покупатель"] {
            assert_eq!(office.found(caller, query).await, 0, "{who} searches {query}");
        }
        // Mentions are counted as they stand; nobody can be mentioned there any more.
        let counted = CountConversationsResponse { mentions: 0, ..office.counted(caller).await };
        assert_eq!(counted, CountConversationsResponse::default(), "{who} counts");
    }
    assert_eq!(office.found(&anna, "anna-only").await, 1);
    let row = office.row(&anna, &subject.dialog).await.unwrap();
    assert!(row.personal && row.can_reply);
    office.check("its owner", &anna, &subject, Sight::Full).await;
}

// acceptance: EM-9
#[tokio::test]
async fn what_happens_in_a_personal_account_is_told_to_its_owner_alone() {
    let mut office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    office.becomes_personal(&anna).await;
    let subject = office.subject("anna-only", &anna, false).await;
    let vera = office.operator("Вера", office.service).await;
    office.responsible(&vera, "anna-only").await;
    office.facts(vec![says("anna-only", "И ещё")]).await;
    office.send(&anna, &subject.dialog, "Да").await;
    let told = office.events().await;
    let changes: Vec<_> = told.iter().filter(|(what, _)| matches!(what, What::ConversationChanged(_))).collect();
    assert!(changes.len() > 3, "arrival, taking, replies: {changes:?}");
    for (what, audience) in changes {
        assert!(audience.closed && audience.department_ids.is_empty() && !audience.everyone, "{what:?}");
        assert_eq!(audience.employee_ids, [id_of(&anna)], "{what:?}");
    }
}

#[tokio::test]
async fn a_personal_accounts_request_is_not_handed_on_and_nobody_is_called_to_it() {
    let mut office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let vera = office.operator("Вера", office.sales).await;
    office.becomes_personal(&anna).await;
    let dialog = office.taken(&anna, "anna-only").await;
    let transfer = TransferRequestRequest {
        request_id: dialog.request.clone(),
        to: Some(To::EmployeeId(id_of(&vera))),
        ..<_>::default()
    };
    let refused = office.requests.transfer_request(anna.request(transfer)).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::InvalidArgument, ErrorReason::InvalidField));
    let note = AddNoteRequest {
        message_id: MessageId::new().to_string(),
        conversation_id: dialog.id,
        text: "Глянь".into(),
        mention_employee_ids: vec![id_of(&vera)],
        ..<_>::default()
    };
    let refused = office.conversations.add_note(anna.request(note)).await.unwrap_err();
    assert_eq!((refused.code(), reason(&refused)), (Code::InvalidArgument, ErrorReason::InvalidField));
}

#[tokio::test]
async fn whose_a_personal_account_is_stays() {
    let mut office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    office.becomes_personal(&anna).await;
    let dialog = office.writes("anna-only", "Здравствуйте").await;
    for owner in ["null", "gen_random_uuid()"] {
        let sql = format!("update inbox.account set owner_employee_id = {owner} where account_id = $1");
        let changed = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(office.account.0).execute(&office.pool).await;
        assert!(changed.is_err(), "{owner}");
    }
    let sql = "update inbox.account set name = 'Анна' where account_id = $1";
    sqlx::query(sql).bind(office.account.0).execute(&office.pool).await.expect("anything else changes");
    assert!(office.row(&anna, &dialog).await.is_some());
}

/// A call that is added to the contract has to be added to the table, too, or to those about no one conversation.
#[tokio::test]
async fn the_table_has_every_call_of_the_contract() {
    let office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let subject = office.subject("0", &anna, false).await;
    let mut tried: BTreeSet<&str> = ABOUT_NONE.into();
    tried.insert("TakeRequest"); // `check` makes it by itself
    tried.insert("SetAsideConversation"); // of the client's responsible alone: `unlinked.rs`
    tried.extend(office.reads(&anna, &subject).await.into_iter().map(|(call, _)| call));
    tried.extend(office.writes_of(&anna, &subject).await.into_iter().map(|(call, _)| call));
    let contract = [
        include_str!("../../../../../proto/okno/inbox/v1/conversation_service.proto"),
        include_str!("../../../../../proto/okno/inbox/v1/request_service.proto"),
        include_str!("../../../../../proto/okno/file/v1/file_service.proto"),
    ];
    let calls = contract.iter().flat_map(|text| text.lines()).filter_map(|line| {
        let (name, _) = line.trim().strip_prefix("rpc ")?.split_once('(')?;
        Some(name)
    });
    let missing: Vec<&str> = calls.filter(|call| !tried.contains(call)).collect();
    assert!(missing.is_empty(), "not in the table: {missing:?}");
}

#[tokio::test]
async fn an_open_list_of_the_owner_holds_what_is_personal_beside_what_is_the_companys() {
    let mut office = Office::open().await;
    let anna = office.operator("Анна", office.sales).await;
    let common = office.writes("common", "Здравствуйте").await;
    office.becomes_personal(&anna).await;
    let own = office.writes("anna-only", "Здравствуйте").await;
    let request = ListConversationsRequest { open: OpenFilter::Open.into(), ..<_>::default() };
    let page = office.conversations.list_conversations(anna.request(request)).await.unwrap().into_inner();
    let shown: BTreeSet<(String, bool)> =
        page.conversations.into_iter().map(|row| (row.conversation_id, row.personal)).collect();
    assert_eq!(shown, BTreeSet::from([(common.id, false), (own.id, true)]));
}
