//! Letters that could not be read: kept whole, shown to whoever looks after them, and to nobody else.

use contracts::{
    errors::ErrorReason,
    inbox::{
        DeadLetter, GetDeadLetterOriginalRequest, ListAccessesRequest, ListDeadLettersRequest, ReplayDeadLetterRequest,
    },
    org::{AccessKind, Role},
};
use testkit::{eventually, mail::MailHouse};
use tonic::Code;

use super::{SUPPORT, Scene, personal::personal};
use crate::{deeds::reason, operator::Operator, stage::Stage, world::SOON};

/// Of nobody and to nobody, and larger than a fact may be.
fn nameless() -> String {
    format!("Subject: Window\r\nMessage-ID: <1@example.com>\r\n\r\n{}\r\nThe end\r\n", "All is well. ".repeat(20_000))
}

async fn listed(by: &Operator) -> Vec<DeadLetter> {
    let list = ListDeadLettersRequest::default();
    by.accounts().list_dead_letters(list).await.expect("a list").into_inner().dead_letters
}

fn stretch(id: &str, offset: i64, limit: i32) -> GetDeadLetterOriginalRequest {
    GetDeadLetterOriginalRequest { dead_letter_id: id.to_owned(), offset, limit }
}

/// What came, as it is read stretch by stretch.
async fn original(by: &Operator, id: &str) -> Vec<u8> {
    let mut whole = Vec::new();
    loop {
        let wanted = stretch(id, i64::try_from(whole.len()).expect("a size"), 100_000);
        let got = by.accounts().get_dead_letter_original(wanted).await.expect("a stretch").into_inner();
        assert_eq!(got.content_type, "message/rfc822");
        if got.data.is_empty() {
            assert_eq!(got.size_bytes, i64::try_from(whole.len()).expect("a size"));
            return whole;
        }
        whole.extend(got.data);
    }
}

#[tokio::test]
async fn a_letter_that_cannot_be_read_is_shown_as_it_came() {
    let stage = Stage::set().await;
    let scene = Scene::set(&stage.world).await;
    scene.house.dovecot.deliver(SUPPORT, nameless()).await;
    let letter = eventually("it is in the quarantine", SOON, async || listed(&scene.admin).await.pop()).await;
    assert!(letter.has_original && letter.reason.contains("names nobody"), "{}", letter.reason);
    let id = letter.dead_letter_id;
    let came = String::from_utf8(original(&scene.admin, &id).await).expect("text");
    // The server put what it knows before it.
    assert!(came.ends_with(&nameless()), "it is whole");
    let audited = "select count(*) from inbox.audit where action = 'read_original'";
    // Three stretches, and a look behind the end.
    assert_eq!(stage.world.count(audited).await, 4, "who read is known, whatever was read");
    for (wanted, field) in [(stretch(&id, -1, 0), "offset"), (stretch(&id, 0, -1), "limit")] {
        let refused = scene.admin.accounts().get_dead_letter_original(wanted).await.expect_err("refused");
        assert!(refused.message().contains(field), "{refused:?}");
    }

    assert!(listed(&scene.operator).await.is_empty(), "those of the company are for administrators");
    let refused = scene.operator.accounts().get_dead_letter_original(stretch(&id, 0, 0)).await.expect_err("refused");
    assert_eq!(refused.code(), Code::PermissionDenied);

    let again = ReplayDeadLetterRequest { dead_letter_id: id.clone() };
    let asked = scene.admin.accounts().replay_dead_letter(again).await.expect("asked").into_inner().dead_letter;
    assert!(asked.expect("a letter").replayed_at.is_none(), "its gateway reads it");
    let waiting = "select count(*) from inbox.outgoing";
    eventually("it was read again", SOON, async || (stage.world.count(waiting).await == 0).then_some(())).await;
    assert_eq!(listed(&scene.admin).await.len(), 1, "and is understood no better");
}

// acceptance: XC-8
#[tokio::test]
async fn the_quarantine_of_a_personal_mailbox_is_its_owners() {
    let stage = Stage::set().await;
    let house = MailHouse::start().await.expect("a mail house");
    let department = stage.department().await;
    let anna = stage.new_employee("anna", &department, &[Role::Operator]).await;
    let admin = stage.world.operator("admin").await;
    personal(&admin, &anna, &house).await;
    house.dovecot.deliver(SUPPORT, nameless()).await;
    let letter = eventually("she sees it", SOON, async || listed(&anna).await.pop()).await;
    let id = letter.dead_letter_id;
    assert!(letter.has_original && original(&anna, &id).await.ends_with(b"The end\r\n"));
    let again = ReplayDeadLetterRequest { dead_letter_id: id.clone() };
    anna.accounts().replay_dead_letter(again).await.expect("she has it read again");

    let log = ListAccessesRequest::default();
    let accesses = admin.accesses().list_accesses(log).await.expect("the log").into_inner().accesses;
    let read = accesses.iter().find(|one| one.object_id == id).expect("that she looked is on record");
    assert_eq!((read.kind(), read.account_name.is_empty()), (AccessKind::DeadLetter, false));

    let seen = listed(&admin).await.pop().expect("administrators see that it is there");
    assert!(!seen.has_original && seen.key.is_empty());
    let read = admin.accounts().get_dead_letter_original(stretch(&id, 0, 0)).await;
    assert_eq!(reason(read), ErrorReason::DeadLetterNotFound, "and nothing of it");
    let other = stage.world.operator("operator1").await;
    assert!(listed(&other).await.is_empty());
    let read = other.accounts().get_dead_letter_original(stretch(&id, 0, 0)).await.expect_err("refused");
    assert_eq!(read.code(), Code::PermissionDenied);
}
