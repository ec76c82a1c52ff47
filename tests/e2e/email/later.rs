//! Letters that go at their time, or not at all.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use contracts::{channel::FailureReason, inbox::MessageStatus};
use testkit::eventually;

use super::Scene;
use crate::{
    deeds::reply,
    world::{SOON, World},
};

fn within(seconds: i64) -> DateTime<Utc> {
    Utc::now() + TimeDelta::seconds(seconds)
}

/// Letters that Anna got; the check of the settings has sent one to the mailbox itself.
fn got(scene: &Scene) -> usize {
    scene.house.smtp.taken().iter().filter(|taken| taken.to == ["anna@example.com"]).count()
}

// acceptance: EM-14
#[tokio::test]
async fn a_letter_never_leaves_before_its_time() {
    let world = World::start().await;
    let scene = Scene::set(&world).await;
    let conversation = scene.talk("Hello", "1@example.com", "Good day").await;
    let at = within(3);
    let mut later = reply(&conversation, "Good evening");
    (later.not_before, later.not_after) = (Some(rpc::timestamp(at)), Some(rpc::timestamp(within(3_600))));
    let sent = scene.operator.try_send(later).await.expect("queued").remove(0);
    let left = eventually("the letter", SOON, async || (got(&scene) > 0).then(Utc::now)).await;
    assert!(left >= at, "{left} is before {at}");
    scene.operator.wait_for_status(&sent, MessageStatus::Sent).await;
}

// acceptance: EM-14
#[tokio::test]
async fn a_letter_that_could_not_go_in_time_is_called_off() {
    let world = World::start().await;
    let scene = Scene::set(&world).await;
    let conversation = scene.talk("Hello", "1@example.com", "Good day").await;
    scene.house.smtp.refuse("anna@example.com", "451 4.7.1 come back later");
    let mut offer = reply(&conversation, "Today only");
    offer.not_after = Some(rpc::timestamp(within(8)));
    let sent = scene.operator.try_send(offer).await.expect("queued").remove(0);
    let put_off = "select count(*) from inbox.message where attempt > 0 and direction = 2";
    eventually("the first try is put off", SOON, async || (world.count(put_off).await == 1).then_some(())).await;
    scene.house.smtp.accept("anna@example.com");
    let failed = eventually("its latest time passes", Duration::from_secs(60), async || {
        let messages = scene.operator.messages(&conversation).await;
        messages.into_iter().find(|m| m.message_id == sent.message_id && m.status() == MessageStatus::Failed)
    })
    .await;
    assert_eq!(failed.failure.unwrap_or_default().reason(), FailureReason::Expired);
    assert_eq!(world.count("select count(*) from inbox.outgoing where kind = 10").await, 0, "nothing is left to send");
    assert_eq!(got(&scene), 0, "nobody got it");
}
