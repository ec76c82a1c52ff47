//! Translates ConsentService; decides nothing.

use contracts::crm::{
    self, AnnulConsentRequest, AnnulConsentResponse, ListConsentsRequest, ListConsentsResponse, RecordConsentRequest,
    RecordConsentResponse, consent_service_server::ConsentService,
};
use rpc::{invalid_field, parse_id, parse_optional_id, timestamp};
use tonic::{Request, Response, Status, async_trait};

use super::{
    domain::{Consent, Said},
    ops,
};
use crate::{
    access_log::{self, Read},
    caller::{enter, request_hash, request_id, required, seen},
    change::Db,
    clients::message::id_text,
    clock::now,
    text,
};

pub struct ConsentGrpc {
    pub db: Db,
}

#[async_trait]
impl ConsentService for ConsentGrpc {
    async fn list_consents(
        &self,
        request: Request<ListConsentsRequest>,
    ) -> Result<Response<ListConsentsResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        let client = parse_id("client_id", &request.client_id)?;
        let found = ops::list(&self.db, actor, client).await?;
        access_log::note(&self.db, &caller, Read::client(client).on()).await?;
        Ok(Response::new(ListConsentsResponse { consents: found.into_iter().map(message).collect() }))
    }

    async fn record_consent(
        &self,
        request: Request<RecordConsentRequest>,
    ) -> Result<Response<RecordConsentResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let hash = request_hash(&request);
        let consent = required("consent", request.consent)?;
        let (id, client) = (request_id(&request.request_id)?, parse_id("consent.client_id", &consent.client_id)?);
        let recorded = ops::record(&self.db, actor, id, client, said(consent)?, hash, now()).await?;
        Ok(Response::new(RecordConsentResponse { consent: Some(message(recorded)) }))
    }

    async fn annul_consent(
        &self,
        request: Request<AnnulConsentRequest>,
    ) -> Result<Response<AnnulConsentResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let (id, seen) = (parse_id("consent_id", &request.consent_id)?, seen(&request.etag)?);
        let annulled = ops::annul(&self.db, actor, id, seen, &request.reason, now()).await?;
        Ok(Response::new(AnnulConsentResponse { consent: Some(message(annulled)) }))
    }
}

fn said(consent: crm::Consent) -> Result<Said, Status> {
    let on = text::date("consent.on", &consent.on)?;
    Ok(Said {
        contact: parse_optional_id("consent.contact_id", &consent.contact_id)?,
        purpose: parse_id("consent.purpose_id", &consent.purpose_id)?,
        given: consent.given,
        on: on.ok_or_else(|| invalid_field("consent.on", "is required"))?,
        means: parse_optional_id("consent.means_id", &consent.means_id)?,
        wording: consent.wording,
        version: consent.version,
        document: consent.document,
    })
}

fn message(consent: Consent) -> crm::Consent {
    let said = consent.said;
    crm::Consent {
        consent_id: consent.id.to_string(),
        etag: rpc::etag(consent.revision.0),
        client_id: consent.client.to_string(),
        contact_id: id_text(said.contact),
        purpose_id: said.purpose.to_string(),
        given: said.given,
        on: said.on.format("%Y-%m-%d").to_string(),
        means_id: id_text(said.means),
        wording: said.wording,
        version: said.version,
        document: said.document,
        noted_by_employee_id: id_text(consent.noted_by),
        noted_at: Some(timestamp(consent.noted_at)),
        annulled_by_employee_id: id_text(consent.annulled_by),
        annulled_at: consent.annulled_at.map(timestamp),
        annul_reason: consent.annul_reason,
        current: consent.current,
    }
}
