//! Calls of FeedService about somebody's client, for the table of who may call what (`card_rights`).

use contracts::crm::{
    ListClientFeedRequest, PinFeedEntryRequest, UnpinFeedEntryRequest, feed_service_server::FeedService as _,
};
use rpc::Caller;
use tonic::Status;
use uuid::Uuid;

use super::grpc;
use crate::tests::{duplicates::rights::Who, world::World};

pub async fn call(world: &World, by: &Caller, method: &str, client: &str) -> Option<(Who, Result<(), Status>)> {
    let grpc = grpc(world);
    let sql = "insert into crm.field_change (client_id, field, old_values, new_values) values ($1, 'inn', '{}', '{1}')
               returning crm.feed_change_id(change_id)";
    let id: Uuid = client.parse().unwrap();
    let entry: Uuid = sqlx::query_scalar(sql).bind(id).fetch_one(&world.db.pool).await.unwrap();
    let (client_id, entry_id) = (client.to_owned(), entry.to_string());
    let answer = match method {
        "ListClientFeed" => {
            let request = ListClientFeedRequest { client_id, ..Default::default() };
            grpc.list_client_feed(by.request(request)).await.map(drop)
        }
        "PinFeedEntry" => grpc.pin_feed_entry(by.request(PinFeedEntryRequest { client_id, entry_id })).await.map(drop),
        "UnpinFeedEntry" => {
            grpc.unpin_feed_entry(by.request(UnpinFeedEntryRequest { client_id, entry_id })).await.map(drop)
        }
        _ => return None,
    };
    Some((Who::Sees, answer))
}
