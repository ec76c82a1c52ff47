//! A mailbox as a source of requests.

use contracts::inbox::{
    Assignment, AssignmentMethod, GetChannelAccountRequest, RequestState, UpdateChannelAccountRequest,
};
use testkit::{
    eventually,
    mail::{MailHouse, PASSWORD, letter},
};

use super::{SUPPORT, settings};
use crate::world::{SOON, World};

/// Deadlines come with the handling rules; whose a request is, the mailbox says itself.
// acceptance: EM-6
#[tokio::test]
async fn letters_are_requests_by_the_mailboxs_rule_and_only_while_its_switch_is_on() {
    let world = World::start().await;
    let (admin, operator) = (world.operator("admin").await, world.operator("operator1").await);
    let house = MailHouse::start().await.expect("a mail house");
    let fixed = Assignment { method: AssignmentMethod::Fixed.into(), employee_ids: vec![operator.employee_id.clone()] };
    let account_id = world.connect(&admin, "email", settings(&house, PASSWORD), fixed).await;
    let write = async |from: &str, number: u32| {
        let text = letter(from, SUPPORT, "Windows", &format!("{number}@example.com"), "Good day");
        house.dovecot.deliver(SUPPORT, text).await;
    };
    write("Anna <anna@example.com>", 1).await;
    let request = operator.conversation_with("Anna").await.request.expect("a request");
    assert_eq!(request.assignee_employee_id, operator.employee_id);
    assert_eq!(request.state(), RequestState::Assigned);

    let get = GetChannelAccountRequest { account_id };
    let mut account = admin.accounts().get_channel_account(get).await.expect("an account").into_inner().account;
    account.as_mut().expect("an account").is_request_source = false;
    let update_mask = Some(prost_types::FieldMask { paths: vec!["is_request_source".to_owned()] });
    let off = UpdateChannelAccountRequest { account, update_mask };
    admin.accounts().update_channel_account(off).await.expect("switched off");
    let mut number = 1;
    let row = eventually("the switch takes effect", SOON, async || {
        number += 1;
        let name = format!("Boris {number}");
        write(&format!("{name} <boris{number}@example.com>"), number).await;
        let row = operator.conversation_with(&name).await;
        row.request.is_none().then_some(row)
    })
    .await;
    assert_eq!((row.unread, row.can_reply), (1, true), "it is told and may be answered, but is no work");
}
