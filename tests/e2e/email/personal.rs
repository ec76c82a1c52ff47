//! A mailbox of one employee: nobody else reads it, by whatever way.

use std::collections::HashMap;

use contracts::{
    errors::ErrorReason,
    file::GetFileRequest,
    inbox::{
        ChannelAccount, CheckSettingsRequest, ConversationView, CreateChannelAccountRequest, GetChannelAccountRequest,
        ListChannelAccountsRequest, ListMessagesRequest, UpdateChannelAccountRequest,
    },
    org::{GetMeRequest, ResetPasswordRequest, Role},
};
use reqwest::StatusCode;
use testkit::{
    eventually,
    mail::{MailHouse, PASSWORD, letter},
};
use uuid::Uuid;

use super::{SUPPORT, content_of, settings};
use crate::{deeds::reason, operator::Operator, stage::Stage, world::SOON};

/// Made by the administrator, for `owner`.
pub async fn personal(admin: &Operator, owner: &Operator, house: &MailHouse) -> ChannelAccount {
    let account = ChannelAccount {
        channel: "email".into(),
        name: "Почта Анны".into(),
        enabled: true,
        is_request_source: true,
        settings: settings(house, PASSWORD).map(|(name, value)| (name.to_owned(), value)).into(),
        owner_employee_id: owner.employee_id.clone(),
        ..ChannelAccount::default()
    };
    let request_id = Uuid::now_v7().to_string();
    eventually("the gateway has announced itself and the account is connected", SOON, async || {
        let request = CreateChannelAccountRequest { request_id: request_id.clone(), account: Some(account.clone()) };
        match admin.accounts().create_channel_account(request).await {
            Ok(made) => made.into_inner().account,
            Err(status) if status.code() == tonic::Code::Unavailable => None,
            Err(status) => panic!("the account was refused: {status:?}"),
        }
    })
    .await
}

// acceptance: EM-9
#[tokio::test]
async fn only_its_owner_reads_a_personal_mailbox() {
    let stage = Stage::set().await;
    let (world, house) = (&stage.world, MailHouse::start().await.expect("a mail house"));
    let department = stage.department().await;
    let anna = stage.new_employee("anna", &department, &[Role::Operator]).await;
    let boris = stage.new_employee("boris", &department, &[Role::Operator, Role::Head]).await;
    let admin = world.operator("admin").await;
    let account = personal(&admin, &anna, &house).await;
    let text = letter("Vera <vera@example.com>", SUPPORT, "Secret", "1@example.com", "For your eyes only");
    house.dovecot.deliver(SUPPORT, text).await;

    let row = anna.conversation_with("Vera").await;
    assert!(row.personal && row.request.expect("a request").assignee_employee_id == anna.employee_id);
    let message = anna.messages(&row.conversation_id).await.remove(0);
    let original = content_of(&message).letter.expect("a letter").raw_file_id;
    assert_eq!(anna.download(&original).await.0, StatusCode::OK);
    for other in [&admin, &boris, &world.operator("operator1").await] {
        for view in [ConversationView::All, ConversationView::Unassigned, ConversationView::Mine] {
            assert!(!other.list(view).await.iter().any(|one| one.conversation_id == row.conversation_id));
        }
        assert!(other.conversation(&row.conversation_id).await.is_none());
        let list = ListMessagesRequest { conversation_id: row.conversation_id.clone(), ..<_>::default() };
        assert_eq!(reason(other.conversations().list_messages(list).await), ErrorReason::ConversationNotFound);
        let file = GetFileRequest { file_id: original.clone(), saved: false };
        assert_eq!(reason(other.files().get_file(file).await), ErrorReason::FileNotFound);
        assert_eq!(other.download(&original).await.0, StatusCode::NOT_FOUND);
    }
    let listed = async |by: &Operator| {
        let all = by.accounts().list_channel_accounts(ListChannelAccountsRequest::default()).await.expect("accounts");
        all.into_inner().accounts.iter().any(|one| one.account_id == account.account_id)
    };
    assert!(listed(&anna).await && listed(&admin).await && !listed(&boris).await);
    let get = GetChannelAccountRequest { account_id: account.account_id.clone() };
    assert_eq!(reason(boris.accounts().get_channel_account(get).await), ErrorReason::AccountNotFound);
}

/// An administrator who sets the owner's password comes in as the owner, and finds the mailbox closed.
// acceptance: EM-9
#[tokio::test]
async fn a_reset_password_opens_nobodys_mailbox() {
    let stage = Stage::set().await;
    let house = MailHouse::start().await.expect("a mail house");
    let department = stage.department().await;
    let anna = stage.new_employee("anna", &department, &[Role::Operator]).await;
    let admin = stage.world.operator("admin").await;
    personal(&admin, &anna, &house).await;
    let text = letter("Vera <vera@example.com>", SUPPORT, "Secret", "1@example.com", "For your eyes only");
    house.dovecot.deliver(SUPPORT, text).await;
    let row = anna.conversation_with("Vera").await;
    let password = "another-Passw0rd";
    let reset = ResetPasswordRequest { employee_id: anna.employee_id.clone(), password: password.into() };
    admin.employees().reset_password(reset).await.expect("a new password");
    let someone = Operator::try_sign_in(&stage.world.environment["OKNO_EDGE_LISTEN"], "anna", password, "")
        .await
        .expect("signed in");
    assert!(someone.conversation(&row.conversation_id).await.is_none());
    assert!(!someone.list(ConversationView::All).await.iter().any(|one| one.conversation_id == row.conversation_id));
    let me = someone.sessions().get_me(GetMeRequest {}).await.expect("me").into_inner();
    assert!(me.personal_closed_until.is_some(), "and is told so");
}

/// Whoever could send the stored password to a server of his own would read the mailbox with it.
// acceptance: EM-9, EM-18
#[tokio::test]
async fn changed_settings_of_somebody_elses_mailbox_ask_for_its_password() {
    let stage = Stage::set().await;
    let house = MailHouse::start().await.expect("a mail house");
    let department = stage.department().await;
    let anna = stage.new_employee("anna", &department, &[Role::Operator]).await;
    let admin = stage.world.operator("admin").await;
    let account = personal(&admin, &anna, &house).await;
    let without: HashMap<String, String> = settings(&house, "").map(|(name, value)| (name.to_owned(), value)).into();
    let check = CheckSettingsRequest {
        channel: "email".into(),
        account_id: account.account_id.clone(),
        settings: without.clone(),
    };
    let probe = admin.accounts().check_settings(check).await.expect("an answer").into_inner().probe;
    assert!(probe.unwrap_or_default().steps.iter().any(|step| !step.passed), "nothing was signed in with");
    let mask = |path: &str| Some(prost_types::FieldMask { paths: vec![path.to_owned()] });
    let changed = ChannelAccount { settings: without, ..account.clone() };
    let update = UpdateChannelAccountRequest { account: Some(changed), update_mask: mask("settings") };
    assert_eq!(reason(admin.accounts().update_channel_account(update).await), ErrorReason::ProbeFailed);
    let owner = ChannelAccount { owner_employee_id: admin.employee_id.clone(), ..account.clone() };
    let update = UpdateChannelAccountRequest { account: Some(owner), update_mask: mask("owner_employee_id") };
    assert_eq!(reason(admin.accounts().update_channel_account(update).await), ErrorReason::InvalidField);
    let renamed = ChannelAccount { name: "Анна".into(), ..account };
    let update = UpdateChannelAccountRequest { account: Some(renamed), update_mask: mask("name") };
    admin.accounts().update_channel_account(update).await.expect("the rest is the administrator's");
}
