//! Mailboxes as a company uses them: whose letters are whose, and who reads their passwords.

use contracts::{
    inbox::{
        ConversationView, GetChannelAccountRequest, HistoryEntry, ListChannelAccountsRequest,
        ListRequestHistoryRequest, transfer_request_request::To,
    },
    org::Role,
};
use testkit::mail::PASSWORD;

use super::{Scene, content_of};
use crate::{stage::Stage, world::World};

// acceptance: EM-7
#[tokio::test]
async fn a_letter_is_handed_to_a_person_and_on_to_a_department() {
    let stage = Stage::set().await;
    let scene = Scene::set(&stage.world).await;
    let sales = stage.department().await;
    let service = stage.new_department("Сервис", &sales).await;
    let boris = stage.new_employee("boris", &service, &[Role::Operator]).await;
    scene.receive("Anna <anna@example.com>", "Windows", "1@example.com", "They do not close").await;
    let row = scene.operator.conversation_with("Anna").await;
    let (id, request) = (row.conversation_id, row.request.expect("a request").request_id);
    scene.operator.take(&request).await.expect("taken");

    let to = To::EmployeeId(boris.employee_id.clone());
    scene.operator.transfer(&request, to, "Это к сервису", "").await.expect("handed over");
    let mine = boris.list(ConversationView::Mine).await;
    assert!(mine.iter().any(|row| row.conversation_id == id), "it is his");
    assert_eq!(content_of(&boris.messages(&id).await[0]).text, "They do not close");
    for view in [ConversationView::Mine, ConversationView::All] {
        assert!(!scene.operator.list(view).await.iter().any(|row| row.conversation_id == id), "and no longer theirs");
    }

    boris.transfer(&request, To::DepartmentId(sales.clone()), "", "").await.expect("handed on");
    let waiting = scene.operator.list(ConversationView::Unassigned).await;
    assert!(waiting.iter().any(|row| row.conversation_id == id), "it waits in the department");
    assert!(!boris.list(ConversationView::Mine).await.iter().any(|row| row.conversation_id == id));

    let transferred = |entry: &HistoryEntry| entry.action == "transferred";
    let asked = ListRequestHistoryRequest { request_id: request, ..<_>::default() };
    let history = scene.operator.requests().list_request_history(asked).await.expect("a history").into_inner().entries;
    let handed: Vec<_> = history.into_iter().filter(transferred).collect();
    let (on, first) = (&handed[0], &handed[1]);
    assert_eq!(first.employee_id, scene.operator.employee_id);
    assert_eq!(first.to_employee_id, boris.employee_id);
    assert_eq!(
        (on.from_employee_id.as_str(), on.to_department_id.as_str()),
        (boris.employee_id.as_str(), sales.as_str())
    );
    let audited = "select count(*) from inbox.audit where action = 'transferred'";
    assert_eq!(stage.world.count(audited).await, 2);
}

// acceptance: EM-18
#[tokio::test]
async fn nobody_reads_a_mailboxs_password() {
    let world = World::start().await;
    let scene = Scene::set(&world).await;
    let get = GetChannelAccountRequest { account_id: scene.account_id.clone() };
    let one = scene.admin.accounts().get_channel_account(get).await.expect("an account").into_inner().account;
    let all = scene.admin.accounts().list_channel_accounts(ListChannelAccountsRequest::default()).await;
    let all = all.expect("accounts").into_inner().accounts;
    let one = one.expect("an account");
    assert_eq!(one.settings["password"], "••••");
    for account in all.iter().chain([&one]) {
        assert!(account.settings.values().all(|value| value != PASSWORD));
    }
    assert!(!all.is_empty());
    // As text, and as bytes in hex.
    let hex: String = PASSWORD.bytes().map(|byte| format!("{byte:02x}")).collect();
    for table in ["account", "audit", "outbox", "event"] {
        let rows = format!("select coalesce(string_agg(row_to_json(t)::text, ' '), '') from inbox.{table} t");
        let rows: String = sqlx::query_scalar(sqlx::AssertSqlSafe(rows)).fetch_one(&world.pool).await.expect("rows");
        assert!(!rows.contains(&format!("\"{PASSWORD}\"")) && !rows.contains(&hex), "in inbox.{table}");
    }
}
