//! A lead made from a dialog becomes a client, and the dialog follows.

use contracts::{
    crm::{ConvertLeadRequest, CreateLeadRequest, Lead, LeadState},
    live::{event, watch_response::What},
};
use uuid::Uuid;

use crate::stage::Stage;

// acceptance: CL-11
#[tokio::test]
async fn a_dialog_follows_its_lead_to_the_client_that_it_becomes() {
    let stage = Stage::set().await;
    let operator = &stage.operator;
    let (_, conversation) = stage.talk(1).await;
    let person = async || operator.conversation(&conversation).await.unwrap().person.unwrap();
    let stranger = person().await;
    let request = CreateLeadRequest {
        request_id: Uuid::now_v7().to_string(),
        lead: Some(Lead { name: "Покупатель с Севера".into(), ..Lead::default() }),
        contact_point_id: stranger.contact_point_id.clone(),
    };
    let lead = operator.leads().create_lead(request).await.unwrap().into_inner().lead.unwrap();
    assert_eq!((lead.state, lead.channel.as_str()), (LeadState::New.into(), "telegram"));
    assert!(lead.active_at.unwrap().seconds >= lead.created_at.unwrap().seconds);
    assert!(person().await.client_id.is_empty(), "a lead is no client");
    let mut told = operator.news("").await;
    let request = ConvertLeadRequest {
        request_id: Uuid::now_v7().to_string(),
        lead_id: lead.lead_id,
        etag: lead.etag,
        ..ConvertLeadRequest::default()
    };
    let made = operator.leads().convert_lead(request).await.unwrap().into_inner().client.unwrap();
    told.until("whose it is", |what| {
        let What::Event(event) = what else { return None };
        let Some(event::What::ContactPointLinked(linked)) = &event.what else { return None };
        (linked.contact_point_id == stranger.contact_point_id && linked.client_id == made.client_id).then_some(())
    })
    .await;
    let known = person().await;
    assert_eq!((&known.client_id, known.client_name.as_str()), (&made.client_id, "Покупатель с Севера"));
}
