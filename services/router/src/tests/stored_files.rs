//! Files that a gateway has stored before it tells of them.

use contracts::channel::{Attachment, AttachmentState, Content, Inbound, Message, Peer, inbound::Body};
use model::AccountId;

use super::database;
use crate::{
    batch::{self, Fact},
    directory::Directory,
};

fn says(account: AccountId, object_key: String) -> Fact {
    let stored = AttachmentState::Stored.into();
    let file = Attachment { kind: 1, object_key, state: stored, size_bytes: 7, ..Attachment::default() };
    let content = Content { attachments: vec![file], ..Content::default() };
    let inbound = Inbound {
        key: format!("msg:{}", uuid::Uuid::now_v7()),
        peer: Some(Peer { address: "v-1".to_owned(), ..Peer::default() }),
        body: Some(Body::Message(Message { content: Some(content) })),
        ..Inbound::default()
    };
    let raw = prost::Message::encode_to_vec(&inbound).into();
    let channel = "webchat".parse().unwrap();
    Fact {
        account,
        channel,
        part: 0,
        sequence: 1,
        inbound,
        raw,
        again: false,
        stands_in: false,
        traceparent: String::new(),
    }
}

#[tokio::test]
async fn a_stored_file_is_not_fetched_and_one_of_another_account_is_not_shown() {
    let (_database, pool) = database().await;
    let account = AccountId::new();
    sqlx::query("insert into inbox.account (account_id, channel, name, live_since) values ($1, 'webchat', 'Тест', '2020-01-01')")
        .bind(account.0)
        .execute(&pool)
        .await
        .unwrap();
    let directory = Directory::default();
    directory.reload(&pool).await.unwrap();
    let keys = [
        format!("in/{account}/1"),
        format!("in/{}/1", AccountId::new()),
        "up/1".to_owned(),
        format!("in/{account}/../{}/1", AccountId::new()),
    ];
    let facts: Vec<Fact> = keys.iter().map(|key| says(account, key.clone())).collect();
    let mut tx = pool.begin().await.unwrap();
    batch::process(&mut tx, &directory, &facts).await.unwrap();
    tx.commit().await.unwrap();
    let files: Vec<(i16, String)> = sqlx::query_as(
        "select a.state, a.object_key from inbox.attachment a join inbox.message m using (message_id) order by m.seq",
    )
    .fetch_all(&pool)
    .await
    .unwrap();
    let (stored, failed) = (AttachmentState::Stored as i16, AttachmentState::Failed as i16);
    let nothing = String::new;
    assert_eq!(files, [(stored, keys[0].clone()), (failed, nothing()), (failed, nothing()), (failed, nothing())]);
    let orders: i64 = sqlx::query_scalar("select count(*) from inbox.outgoing").fetch_one(&pool).await.unwrap();
    assert_eq!(orders, 0, "nothing is to be fetched");
}
