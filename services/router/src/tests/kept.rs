//! What a gateway has router keep for an account.

use contracts::channel::{Inbound, Kept, inbound::Body};
use uuid::Uuid;

use super::office::Office;
use crate::accounts::kept;

impl Office {
    /// A gateway tells; router's timers do their work.
    async fn keeps(&self, sealed: &[u8]) -> usize {
        let key = format!("kept_secret:{}", Uuid::now_v7());
        let body = Some(Body::Kept(Kept { sealed: sealed.to_vec() }));
        self.facts(vec![Inbound { key, body, ..Inbound::default() }]).await;
        let sql = "delete from inbox.timer where kind = 'keep' returning key, payload";
        let due: Vec<(String, serde_json::Value)> = sqlx::query_as(sql).fetch_all(&self.pool).await.unwrap();
        for (account, payload) in &due {
            kept::keep(&self.pool, account.parse().unwrap(), payload).await.unwrap();
        }
        due.len()
    }
}

#[tokio::test]
async fn the_newest_is_kept_as_it_came_and_what_is_too_large_is_not() {
    let office = Office::open().await;
    assert_eq!(office.keeps(b"first").await, 1);
    assert_eq!(office.keeps(b"\x00second").await, 1);
    assert_eq!(office.keeps(&[7; 9_000]).await, 0);
    let sql = "select sealed from inbox.account_kept where account_id = $1";
    let sealed: Vec<u8> = sqlx::query_scalar(sql).bind(office.account.0).fetch_one(&office.pool).await.unwrap();
    assert_eq!(sealed, b"\x00second");
}
