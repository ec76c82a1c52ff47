//! Who has a dialog open, told to colleagues over the bus and to nobody else.

use std::time::Duration;

use bus::{Bus, BusConfig, LiveSignals};
use contracts::{
    inbox::{SignalViewingRequest, conversation_service_server::ConversationService},
    live::{LiveSignal, live_signal},
};
use testkit::servers::{NatsOptions, NatsServer};
use tonic::Code;

use super::office::{Office, id_of};

#[tokio::test]
async fn who_looks_is_told_to_whoever_learns_of_the_dialog() {
    let mut office = Office::open().await;
    let nats = NatsServer::start(NatsOptions::default()).await.unwrap();
    let config = BusConfig { url: nats.url(), name: "test".into(), channel: None };
    let bus = Bus::connect(&config).await.unwrap();
    let mut signals = LiveSignals::subscribe(&bus).await.unwrap();
    bus.client.flush().await.unwrap();
    office.conversations.bus = Some(bus.clone());
    let (anna, boris) = (office.operator("Анна", office.sales).await, office.operator("Борис", office.sales).await);
    let vera = office.operator("Вера", office.service).await;
    let dialog = office.taken(&anna, "1").await;
    let head = office.head("Глава", office.sales).await;
    let viewing = |left| SignalViewingRequest { conversation_id: dialog.id.clone(), left };
    for stranger in [&boris, &vera] {
        let refused = office.conversations.signal_viewing(stranger.request(viewing(false))).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
    }
    for left in [false, true] {
        office.conversations.signal_viewing(head.request(viewing(left))).await.unwrap();
        let signal: LiveSignal = tokio::time::timeout(Duration::from_secs(5), signals.next()).await.unwrap().unwrap();
        let audience = signal.audience.unwrap();
        assert_eq!(audience.employee_ids, [id_of(&anna)]);
        assert_eq!((audience.department_ids, audience.everyone), (vec![office.sales.to_string()], false));
        let Some(live_signal::What::Viewing(told)) = signal.what else { panic!("no viewing") };
        assert_eq!((told.conversation_id, told.employee_id), (dialog.id.clone(), id_of(&head)));
        assert_eq!(told.left, left);
    }
    office.conversations.bus = None;
    office
        .conversations
        .signal_viewing(head.request(viewing(false)))
        .await
        .expect("a bus that is away costs the signal only");
}
