//! Consents: recorded and withdrawn, marked as mistakes, moved by a merge and back, packed with an export, kept as proof by an erasure.

use chrono::Utc;
use contracts::{
    crm::{
        self, AnnulConsentRequest, Consent, DirectoryKind, ListConsentsRequest, RecordConsentRequest,
        consent_service_server::ConsentService as _, duplicate_service_server::DuplicateService as _,
        personal_data_service_server::PersonalDataService as _,
    },
    errors::ErrorReason,
};
use rpc::{Caller, reason_of};
use tonic::{Code, Status};
use uuid::Uuid;

use super::{Desk, ask, company, duplicates, go_on, preview, router_is_done, signed_in};
use crate::{consents::ConsentGrpc, tests::world::World};

fn service(world: &World) -> ConsentGrpc {
    ConsentGrpc { db: world.db.clone() }
}

impl Desk {
    async fn record(&self, by: &Caller, id: Uuid, consent: Consent) -> Result<Consent, Status> {
        let request = RecordConsentRequest { request_id: id.to_string(), consent: Some(consent) };
        Ok(service(&self.world).record_consent(by.request(request)).await?.into_inner().consent.unwrap())
    }

    async fn consents(&self, client: &str) -> Vec<Consent> {
        let request = self.admin.request(ListConsentsRequest { client_id: client.to_owned() });
        service(&self.world).list_consents(request).await.unwrap().into_inner().consents
    }

    async fn annul(&self, consent: &Consent, etag: &str) -> Result<Consent, Status> {
        let (consent_id, etag) = (consent.consent_id.clone(), etag.to_owned());
        let request = AnnulConsentRequest { consent_id, etag, reason: "Не тот клиент".to_owned() };
        Ok(service(&self.world).annul_consent(self.admin.request(request)).await?.into_inner().consent.unwrap())
    }
}

fn consent(client: &str, purpose: &str, given: bool, on: &str) -> Consent {
    Consent {
        client_id: client.to_owned(),
        purpose_id: purpose.to_owned(),
        given,
        on: on.to_owned(),
        wording: "Согласна получать письма".to_owned(),
        document: "лист Щукаревич".to_owned(),
        ..Consent::default()
    }
}

#[tokio::test]
async fn the_newest_of_a_purpose_counts_and_a_mistake_stays_to_be_seen() {
    let desk = Desk::start().await;
    let client = desk.create(company("Ромашка")).await.unwrap().client_id;
    let purpose = desk.entry(DirectoryKind::ConsentPurpose, "Опросы").await;
    let (id, admin) = (Uuid::now_v7(), desk.admin.clone());
    let given = desk.record(&admin, id, consent(&client, &purpose, true, "2026-05-01")).await.unwrap();
    assert!(given.current && given.given && !given.noted_by_employee_id.is_empty());
    let again = desk.record(&admin, id, consent(&client, &purpose, true, "2026-05-01")).await.unwrap();
    assert_eq!(again, given, "repeated");
    let taken = desk.record(&admin, Uuid::now_v7(), consent(&client, &purpose, false, "2026-05-02")).await.unwrap();
    let current: Vec<bool> = desk.consents(&client).await.iter().map(|one| one.current).collect();
    assert_eq!(current, [true, false], "it is withdrawn");
    assert_eq!(reason_of(&desk.annul(&taken, "r9").await.unwrap_err()), Some(ErrorReason::EtagMismatch));
    let mistake = desk.annul(&taken, &taken.etag).await.unwrap();
    assert!(mistake.annulled_at.is_some() && !mistake.current && mistake.annul_reason == "Не тот клиент");
    let current: Vec<bool> = desk.consents(&client).await.iter().map(|one| one.current).collect();
    assert_eq!(current, [false, true]);

    let other = desk.entry(DirectoryKind::Segment, "Розница").await;
    let stranger = Uuid::now_v7().to_string();
    for (wrong, code) in [
        (consent(&client, &other, true, "2026-05-01"), Code::NotFound),
        (consent(&client, &purpose, true, ""), Code::InvalidArgument),
        (consent(&client, &purpose, true, "2999-01-01"), Code::InvalidArgument),
        (Consent { contact_id: stranger, ..consent(&client, &purpose, true, "2026-05-01") }, Code::NotFound),
    ] {
        assert_eq!(desk.record(&admin, Uuid::now_v7(), wrong).await.unwrap_err().code(), code);
    }
}

#[tokio::test]
async fn consents_go_with_a_merge_and_come_back_with_its_undo() {
    let desk = Desk::start().await;
    let [stays, goes] = [
        desk.create(company("Ромашка")).await.unwrap().client_id,
        desk.create(company("Ромашка-2")).await.unwrap().client_id,
    ];
    let purpose = desk.entry(DirectoryKind::ConsentPurpose, "Опросы").await;
    let admin = desk.admin.clone();
    desk.record(&admin, Uuid::now_v7(), consent(&stays, &purpose, true, "2026-05-01")).await.unwrap();
    desk.record(&admin, Uuid::now_v7(), consent(&goes, &purpose, false, "2026-05-02")).await.unwrap();
    let grpc = duplicates::grpc(&desk.world);
    let merge = Uuid::now_v7().to_string();
    let request = crm::MergeClientsRequest {
        request_id: merge.clone(),
        client_id: stays.clone(),
        other_client_ids: vec![goes.clone()],
        ..Default::default()
    };
    grpc.merge_clients(admin.request(request)).await.unwrap();
    let current: Vec<bool> = desk.consents(&stays).await.iter().map(|one| one.current).collect();
    assert_eq!(current, [true, false], "the newest of both counts");
    grpc.undo_merge(admin.request(crm::UndoMergeRequest { merge_id: merge })).await.unwrap();
    assert_eq!((desk.consents(&stays).await.len(), desk.consents(&goes).await.len()), (1, 1));
}

#[tokio::test]
async fn an_erasure_keeps_that_somebody_agreed_and_nothing_of_them() {
    let desk = Desk::start().await;
    let (world, admin) = (&desk.world, signed_in(desk.admin.clone()));
    let person = desk.person("Щукаревич", "+7 999 000-00-54").await;
    let purpose = desk.entry(DirectoryKind::ConsentPurpose, "Опросы").await;
    desk.record(&admin, Uuid::now_v7(), consent(&person.client, &purpose, true, "2026-05-01")).await.unwrap();
    let export = Uuid::now_v7();
    let request =
        crm::RequestPersonalExportRequest { request_id: export.to_string(), client_id: person.client.clone() };
    super::grpc(world).request_personal_export(admin.request(request)).await.unwrap();
    let mut tx = world.db.pool.begin().await.unwrap();
    crate::personal::export::step::step(&mut tx, export, Utc::now()).await.unwrap();
    tx.commit().await.unwrap();
    let packed = "select convert_from(body, 'UTF8') from crm.personal_export_part where name = 'consents.json'";
    let packed: String = sqlx::query_scalar(packed).fetch_one(&world.db.pool).await.unwrap();
    assert!(packed.contains("Опросы") && packed.contains("лист Щукаревич"), "{packed}");

    let (id, seen) = (Uuid::now_v7(), preview(world, &admin, &person.client).await);
    assert!(seen.counts.iter().any(|count| count.kind == "consent" && count.count == 1));
    ask(world, &admin, id, &person.client, seen.records).await.unwrap();
    router_is_done(world, id).await;
    assert!(!go_on(world, id).await);
    let left = desk.consents(&person.client).await;
    assert_eq!((left.len(), left[0].given, left[0].on.as_str()), (1, true, "2026-05-01"));
    assert!(left[0].wording.is_empty() && left[0].document.is_empty());
}
