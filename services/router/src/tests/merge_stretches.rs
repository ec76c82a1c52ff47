//! Conversations that are merged in stretches, while facts come.

use contracts::{
    channel::{Deletion, Inbound, inbound::Body},
    live::event::What,
};
use model::ConversationId;

use super::{
    merges::{keyed, threaded},
    office::Office,
};
use crate::{
    batch,
    merges::{self, Done},
};

const SOON: std::time::Duration = std::time::Duration::from_secs(20);

#[tokio::test]
async fn an_album_at_the_end_of_a_stretch_is_left_to_the_next_one_and_counts_once() {
    let office = Office::open().await;
    let (older, newer) = office.two_threads().await;
    let (one, other): (ConversationId, ConversationId) = (older.parse().unwrap(), newer.parse().unwrap());
    // With "второе" there are 1,998 single ones; the album is messages 1,999 to 2,003.
    let single = (0..1_997).map(|n| threaded("two", keyed("1", &format!("n{n}"), &n.to_string())));
    let photo = |n: usize| Inbound { group_key: "album".into(), ..keyed("1", &format!("p{n}"), "фото") };
    let all: Vec<Inbound> = single.chain((0..5).map(|n| threaded("two", photo(n)))).collect();
    for part in all.chunks(500) {
        office.facts(part.to_vec()).await;
    }
    office.events().await;
    let mut tx = office.pool.begin().await.unwrap();
    assert_eq!(merges::merge(&mut tx, one, other).await.unwrap(), Done::Stretch);
    tx.commit().await.unwrap();
    assert_eq!(office.texts_of(&newer).await.len(), 5, "the whole album");
    // The events name every message that has moved, not more of them at once than a reader asks for.
    let named = |what: What| match what {
        What::ConversationChanged(changed) if changed.conversation_id == older => Some(changed.message_ids.len()),
        _ => None,
    };
    let named: Vec<usize> = office.events().await.into_iter().filter_map(|(what, _)| named(what)).collect();
    assert_eq!((named.iter().sum::<usize>(), named.iter().max()), (1_998, Some(&200)));
    let mut tx = office.pool.begin().await.unwrap();
    assert_eq!(merges::merge(&mut tx, one, other).await.unwrap(), Done::All);
    tx.commit().await.unwrap();
    assert_eq!(office.texts_of(&older).await.len(), 1 + 1_998 + 5);
    let last = "select max(inbound_count) from inbox.conversation where merged_into is null";
    assert_eq!(office.count(last).await, 1 + 1_998 + 1);
    assert_eq!(office.count("select count(distinct inbound_no) from inbox.message").await, 1 + 1_998 + 1);
}

#[tokio::test]
async fn a_batch_whose_message_a_stretch_has_moved_meanwhile_begins_anew() {
    let office = Office::open().await;
    let (older, newer) = office.two_threads().await;
    let many: Vec<Inbound> =
        (0..2_100).map(|n| threaded("two", keyed("1", &format!("n{n}"), &n.to_string()))).collect();
    for part in many.chunks(500) {
        office.facts(part.to_vec()).await;
    }
    let mut merging = office.pool.begin().await.unwrap();
    let first = merges::merge(&mut merging, older.parse().unwrap(), newer.parse().unwrap()).await.unwrap();
    assert_eq!(first, Done::Stretch);
    let deletion = Inbound {
        key: "del:m2".into(),
        message_key: "m2".into(),
        body: Some(Body::Deletion(Deletion::default())),
        ..Inbound::default()
    };
    let arriving = async {
        let mut tx = office.pool.begin().await.unwrap();
        batch::process(&mut tx, &office.directory, &[office.fact(deletion.clone())]).await
    };
    let moved = async {
        testkit::eventually("the batch to wait", SOON, async || {
            let waiting = "select count(*) from pg_stat_activity
                           where datname = current_database() and wait_event_type = 'Lock'";
            (office.count(waiting).await == 1).then_some(())
        })
        .await;
        merging.commit().await.unwrap();
    };
    let (refused, ()) = tokio::join!(arriving, moved);
    assert!(store::is_conflict(&refused.unwrap_err()));
    office.facts(vec![deletion]).await;
    assert_eq!(office.count("select count(*) from inbox.message where deleted_at is not null").await, 1);
}
