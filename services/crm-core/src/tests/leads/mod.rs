//! Leads against a real PostgreSQL.

mod cleaning;
mod convert;
mod life;
mod list;
pub mod rights;
mod score;
mod visits;

use contracts::crm::{
    AddressKind, ClientAddress, CreateLeadRequest, GetLeadRequest, Lead, LeadState, ListLeadsRequest,
    lead_service_server::LeadService as _,
};
use model::EmployeeId;
use rpc::Caller;
use tonic::Status;
use uuid::Uuid;

use super::world::World;
use crate::leads::LeadGrpc;

pub fn grpc(world: &World) -> LeadGrpc {
    LeadGrpc { db: world.db.clone() }
}

pub fn admin(world: &World) -> Caller {
    Caller::administrator(world.admin.employee().unwrap())
}

pub fn request_id() -> String {
    Uuid::now_v7().to_string()
}

pub fn phone(value: &str) -> ClientAddress {
    ClientAddress { kind: AddressKind::Phone.into(), value: value.into(), ..ClientAddress::default() }
}

pub fn email(value: &str) -> ClientAddress {
    ClientAddress { kind: AddressKind::Email.into(), value: value.into(), ..ClientAddress::default() }
}

pub fn named(name: &str, addresses: Vec<ClientAddress>) -> Lead {
    Lead { name: name.into(), addresses, ..Lead::default() }
}

pub async fn create(world: &World, by: &Caller, lead: Lead, point: Option<&str>) -> Result<Lead, Status> {
    let contact_point_id = point.unwrap_or_default().to_owned();
    let request = CreateLeadRequest { request_id: request_id(), lead: Some(lead), contact_point_id };
    Ok(grpc(world).create_lead(by.request(request)).await?.into_inner().lead.unwrap())
}

/// A lead of somebody.
pub async fn of(world: &World, name: &str, responsible: EmployeeId) -> Lead {
    let lead = Lead { responsible_employee_id: responsible.to_string(), ..named(name, Vec::new()) };
    create(world, &admin(world), lead, None).await.unwrap()
}

pub async fn get(world: &World, by: &Caller, id: &str) -> Result<Lead, Status> {
    let request = GetLeadRequest { lead_id: id.into() };
    Ok(grpc(world).get_lead(by.request(request)).await?.into_inner().lead.unwrap())
}

/// The names that a list holds.
pub async fn listed(world: &World, by: &Caller, request: ListLeadsRequest) -> Vec<String> {
    let page = grpc(world).list_leads(by.request(request)).await.unwrap().into_inner();
    page.leads.into_iter().map(|lead| lead.name).collect()
}

pub fn state(lead: &Lead) -> LeadState {
    LeadState::try_from(lead.state).unwrap()
}
