//! Translates ContractService; decides nothing.

use contracts::crm::{
    self, CreateContractRequest, CreateContractResponse, ListContractsRequest, ListContractsResponse,
    UpdateContractRequest, UpdateContractResponse, contract_service_server::ContractService,
};
use rpc::{parse_id, parse_optional_id, timestamp};
use tonic::{Request, Response, Status, async_trait};

use super::{
    domain::{Contract, Terms},
    ops,
};
use crate::{
    access_log::{self, Read},
    caller::{Mask, enter, request_hash, request_id, required, seen},
    change::Db,
    clients::message::{id_text, iso},
    text,
};

const CHANGEABLE: [&str; 9] = [
    "number",
    "signed_on",
    "currency",
    "organisation_id",
    "price_kind_id",
    "discount_kind_id",
    "comment",
    "is_main",
    "archived",
];

pub struct ContractGrpc {
    pub db: Db,
}

#[async_trait]
impl ContractService for ContractGrpc {
    async fn list_contracts(
        &self,
        request: Request<ListContractsRequest>,
    ) -> Result<Response<ListContractsResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        let client = parse_id("client_id", &request.client_id)?;
        let found = ops::list(&self.db, actor, client, request.with_archived).await?;
        access_log::note(&self.db, &caller, Read::client(client).on()).await?;
        Ok(Response::new(ListContractsResponse { contracts: found.into_iter().map(message).collect() }))
    }

    async fn create_contract(
        &self,
        request: Request<CreateContractRequest>,
    ) -> Result<Response<CreateContractResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let hash = request_hash(&request);
        let contract = required("contract", request.contract)?;
        let (id, client) = (request_id(&request.request_id)?, parse_id("contract.client_id", &contract.client_id)?);
        let terms = terms(contract, &Mask::all(&CHANGEABLE))?;
        let contract = ops::create(&self.db, actor, id, client, terms, hash).await?;
        Ok(Response::new(CreateContractResponse { contract: Some(message(contract)) }))
    }

    async fn update_contract(
        &self,
        request: Request<UpdateContractRequest>,
    ) -> Result<Response<UpdateContractResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let contract = required("contract", request.contract)?;
        let mask = Mask::read(request.update_mask, &CHANGEABLE)?;
        let (id, seen) = (parse_id("contract.contract_id", &contract.contract_id)?, seen(&contract.etag)?);
        let contract = ops::update(&self.db, actor, id, seen, terms(contract, &mask)?, &mask).await?;
        Ok(Response::new(UpdateContractResponse { contract: Some(message(contract)) }))
    }
}

fn terms(contract: crm::Contract, fields: &Mask) -> Result<Terms, Status> {
    let entry = |field: &str, text: &str| fields.read_or_default(field, || parse_optional_id(field, text));
    Ok(Terms {
        signed_on: fields.read_or_default("signed_on", || Ok(text::date("signed_on", &contract.signed_on)?))?,
        organisation: entry("organisation_id", &contract.organisation_id)?,
        price_kind: entry("price_kind_id", &contract.price_kind_id)?,
        discount_kind: entry("discount_kind_id", &contract.discount_kind_id)?,
        number: contract.number,
        currency: contract.currency,
        comment: contract.comment,
        is_main: contract.is_main,
        archived: contract.archived,
    })
}

fn message(contract: Contract) -> crm::Contract {
    let terms = contract.terms;
    crm::Contract {
        contract_id: contract.id.to_string(),
        etag: rpc::etag(contract.revision.0),
        client_id: contract.client.to_string(),
        number: terms.number,
        signed_on: iso(terms.signed_on),
        currency: terms.currency,
        organisation_id: id_text(terms.organisation),
        price_kind_id: id_text(terms.price_kind),
        discount_kind_id: id_text(terms.discount_kind),
        comment: terms.comment,
        is_main: terms.is_main,
        archived: terms.archived,
        created_at: Some(timestamp(contract.created_at)),
    }
}
