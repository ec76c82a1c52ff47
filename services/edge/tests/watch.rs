//! The live feed: who hears what, and what a page that was away is told.

use std::time::Duration;

use crate::support::World;
use contracts::{
    live::{
        Audience, ConversationChanged, EmployeeChanged, SessionRevoked, WatchResponse, event::What, watch_response,
    },
    org::Role,
};
use model::DepartmentId;
use tokio::time::timeout;
use tonic::{Code, Status, Streaming};

fn changed(conversation_id: &str) -> What {
    What::ConversationChanged(ConversationChanged {
        conversation_id: conversation_id.to_owned(),
        ..ConversationChanged::default()
    })
}

fn everyone() -> Audience {
    Audience { everyone: true, ..Audience::default() }
}

/// The next message but for those that come by themselves.
async fn next(stream: &mut Streaming<WatchResponse>) -> Result<WatchResponse, Status> {
    loop {
        let message = timeout(Duration::from_secs(20), stream.message()).await.unwrap()?.unwrap();
        if !matches!(message.what, Some(watch_response::What::Presence(_) | watch_response::What::Heartbeat(_))) {
            return Ok(message);
        }
    }
}

/// The conversation of the next message, and the token to go on from it.
async fn heard(stream: &mut Streaming<WatchResponse>) -> (String, String) {
    let message = next(stream).await.unwrap();
    let Some(watch_response::What::Event(event)) = message.what else { panic!("{:?}", message.what) };
    assert_eq!(event.audience, None, "who else may know is not told");
    let Some(What::ConversationChanged(changed)) = event.what else { panic!("{:?}", event.what) };
    (changed.conversation_id, message.resume_token)
}

async fn reset(stream: &mut Streaming<WatchResponse>) -> String {
    let message = next(stream).await.unwrap();
    match message.what {
        Some(watch_response::What::Reset(_)) => message.resume_token,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_event_reaches_those_whom_it_concerns() {
    let world = World::start().await;
    let department = DepartmentId::new();
    let (anna, _) = world.crm.employee("anna", &[department]);
    world.crm.employee("boris", &[]);
    let (mut to_anna, mut to_boris) = (world.watch("anna", "").await, world.watch("boris", "").await);
    let mine = Audience { employee_ids: vec![anna.to_string()], ..Audience::default() };
    let ours = Audience { department_ids: vec![department.to_string()], ..Audience::default() };
    world.router.events.append(changed("mine"), mine);
    world.router.events.append(changed("ours"), ours);
    world.router.events.append(changed("all"), everyone());
    for conversation in ["mine", "ours", "all"] {
        assert_eq!(heard(&mut to_anna).await.0, conversation);
    }
    assert_eq!(heard(&mut to_boris).await.0, "all");
}

#[tokio::test]
async fn a_page_that_was_away_misses_nothing() {
    let mut world = World::start().await;
    world.crm.employee("anna", &[]);
    let mut stream = world.watch("anna", "").await;
    world.router.events.append(changed("1"), everyone());
    let (_, token) = heard(&mut stream).await;
    drop(stream);
    world.router.events.append(changed("2"), everyone());
    let mut stream = world.watch("anna", &token).await;
    assert_eq!(heard(&mut stream).await.0, "2", "from the ring");
    world.router.events.append(changed("3"), everyone());
    world.replace_edge().await;
    let mut stream = world.watch("anna", &token).await;
    for conversation in ["2", "3"] {
        assert_eq!(heard(&mut stream).await.0, conversation, "a fresh replica asks the owner");
    }
    world.router.events.append(changed("4"), everyone());
    assert_eq!(heard(&mut stream).await.0, "4");
}

#[tokio::test]
async fn what_is_no_longer_kept_makes_the_page_reload() {
    let mut world = World::start().await;
    world.crm.employee("anna", &[]);
    let mut stream = world.watch("anna", "").await;
    world.router.events.append(changed("1"), everyone());
    let (_, token) = heard(&mut stream).await;
    world.router.events.append(changed("2"), everyone());
    world.router.events.append(changed("3"), everyone());
    world.router.events.forget_all();
    world.replace_edge().await;
    let mut stream = world.watch("anna", &token).await;
    reset(&mut stream).await;
    let mut stream = world.watch("anna", "no token at all").await;
    reset(&mut stream).await;
}

#[tokio::test]
async fn a_restored_database_makes_every_page_reload_once() {
    let world = World::start().await;
    world.crm.employee("anna", &[]);
    let mut stream = world.watch("anna", "").await;
    world.router.events.append(changed("1"), everyone());
    let (_, old) = heard(&mut stream).await;
    world.router.events.restore("second");
    let token = reset(&mut stream).await;
    world.router.events.append(changed("2"), everyone());
    assert_eq!(heard(&mut stream).await.0, "2");
    let mut resumed = world.watch("anna", &token).await;
    assert_eq!(heard(&mut resumed).await.0, "2");
    let mut late = world.watch("anna", &old).await;
    reset(&mut late).await;
}

#[tokio::test]
async fn a_revoked_session_hears_no_more() {
    let world = World::start().await;
    let (_, session) = world.crm.employee("anna", &[]);
    world.crm.employee("boris", &[]);
    let (mut to_anna, mut to_boris) = (world.watch("anna", "").await, world.watch("boris", "").await);
    world.crm.known.lock().unwrap().remove("anna");
    let revoked = SessionRevoked { session_id: session.to_string(), ..SessionRevoked::default() };
    world.crm.events.append(What::SessionRevoked(revoked), Audience::default());
    assert_eq!(next(&mut to_anna).await.unwrap_err().code(), Code::Unauthenticated);
    world.router.events.append(changed("1"), everyone());
    assert_eq!(heard(&mut to_boris).await.0, "1", "nobody else is concerned");
}

#[tokio::test]
async fn other_rights_make_the_page_reload_and_hear_by_them() {
    let world = World::start().await;
    let (anna, _) = world.crm.employee("anna", &[]);
    let mut stream = world.watch("anna", "").await;
    world.crm.known.lock().unwrap().get_mut("anna").unwrap().roles = vec![Role::Administrator.into()];
    let event = EmployeeChanged { employee_id: anna.to_string(), ..EmployeeChanged::default() };
    world.crm.events.append(What::EmployeeChanged(event), Audience::default());
    reset(&mut stream).await;
    let message = next(&mut stream).await.unwrap();
    assert!(
        matches!(message.what, Some(watch_response::What::Event(_))),
        "an administrator hears of the change itself"
    );
    world
        .router
        .events
        .append(changed("1"), Audience { employee_ids: vec!["other".to_owned()], ..Audience::default() });
    assert_eq!(heard(&mut stream).await.0, "1");
}

#[tokio::test]
async fn a_reader_that_does_not_read_costs_the_others_nothing() {
    let world = World::start().await;
    world.crm.employee("anna", &[]);
    world.crm.employee("boris", &[]);
    let mut slow = world.watch("anna", "").await;
    for n in 1..=13_000 {
        world.router.events.append(changed(&n.to_string()), everyone());
    }
    let mut quick = world.watch("boris", "").await;
    let marker = world.router.events.append(changed("marker"), everyone());
    while position(&mut quick).await != Some(marker) {} // the ring has come as far: its oldest events are gone
    while !matches!(next(&mut slow).await.unwrap().what, Some(watch_response::What::Reset(_))) {}
    let last = world.router.events.append(changed("last"), everyone());
    while position(&mut slow).await != Some(last) {}
}

async fn position(stream: &mut Streaming<WatchResponse>) -> Option<u64> {
    match next(stream).await.unwrap().what {
        Some(watch_response::What::Event(event)) => Some(event.position),
        _ => None,
    }
}
