//! Mailboxes as a company uses them: whose letters are whose, and who reads their passwords.

use std::collections::HashMap;

use contracts::{
    inbox::{
        Assignment, CheckSettingsRequest, ConversationView, GetChannelAccountRequest, HistoryEntry,
        ListChannelAccountsRequest, ListRequestHistoryRequest, transfer_request_request::To,
    },
    org::Role,
};
use testkit::mail::{MailHouse, PASSWORD, letter};

use super::{SUPPORT, Scene, content_of};
use crate::{stage::Stage, world::World};

/// Every connection field of a mailbox, each with a value of its own where there is one.
fn every_field(house: &MailHouse, receive: &str) -> [(&'static str, String); 17] {
    let dovecot = &house.dovecot;
    let (in_port, in_security) =
        if receive == "pop3" { (dovecot.pop3_port(), "starttls") } else { (dovecot.imaps_port(), "tls") };
    [
        ("address", SUPPORT.to_owned()),
        ("provider", "other".to_owned()),
        ("sender_name", "Служба заботы".to_owned()),
        ("receive", receive.to_owned()),
        ("user", "support".to_owned()),
        ("password", PASSWORD.to_owned()),
        ("in_host", "localhost".to_owned()),
        ("in_port", in_port.to_string()),
        ("in_security", in_security.to_owned()),
        ("smtp_host", "localhost".to_owned()),
        ("smtp_port", dovecot.submission_port().to_string()),
        ("smtp_security", "starttls".to_owned()),
        ("smtp_user", "support".to_owned()),
        ("smtp_password", PASSWORD.to_owned()),
        ("history_days", "3".to_owned()),
        ("period_seconds", "10".to_owned()),
        ("ca", testkit::tls::CA.to_owned()),
    ]
}

// acceptance: EM-1
#[tokio::test]
async fn mailboxes_of_both_kinds_are_made_with_every_field_and_tried_in_earnest() {
    let world = World::start().await;
    let (admin, operator) = (world.operator("admin").await, world.operator("operator1").await);
    for receive in ["imap", "pop3"] {
        let house = MailHouse::start().await.expect("a mail house");
        let account_id = world.connect(&admin, "email", every_field(&house, receive), Assignment::default()).await;
        assert_eq!(house.smtp.taken()[0].to, [SUPPORT], "the check sent a letter");
        let get = GetChannelAccountRequest { account_id };
        let saved = admin.accounts().get_channel_account(get).await.expect("an account").into_inner().account;
        let saved = saved.expect("an account").settings;
        for (field, value) in every_field(&house, receive) {
            let secret = field.ends_with("password");
            assert_eq!(saved[field].trim(), if secret { "••••" } else { value.trim() }, "{field}");
        }
        for (wrong, named) in [("in_port", "in_host"), ("smtp_port", "smtp_host")] {
            let mut settings: HashMap<String, String> =
                every_field(&house, receive).map(|(name, value)| (name.to_owned(), value)).into();
            settings.insert(wrong.to_owned(), "1".to_owned());
            let check = CheckSettingsRequest { channel: "email".into(), settings, ..<_>::default() };
            let probe = admin.accounts().check_settings(check).await.expect("an answer").into_inner().probe;
            let failed = probe.unwrap_or_default().steps.into_iter().filter(|step| !step.passed);
            assert_eq!(failed.map(|step| step.field).collect::<Vec<_>>(), [named]);
        }
        let from = format!("Buyer {receive} <{receive}@example.com>");
        let text = letter(&from, SUPPORT, "Hello", &format!("{receive}@example.com"), "Good day");
        house.dovecot.deliver(SUPPORT, text).await;
        operator.conversation_with(&format!("Buyer {receive}")).await;
    }
    assert_eq!(world.count("select count(*) from inbox.conversation").await, 2, "the checks' letters are nobody's");
}

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
