//! How much clients could buy: settings, the formula and where weights come from, recounts, what is set by hand, gaps.

mod by_hand;
mod formula;
mod recounts;
pub mod rights;
mod settings;

use std::time::Duration;

use ::store::{Schema, timer};
use contracts::crm::{
    Client, GetClientPotentialRequest, GetPotentialRecountRequest, Potential, PotentialDepartment, PotentialRecount,
    PotentialRecountState, PotentialSettings, PotentialWeight, UpdatePotentialSettingsRequest,
    potential_service_server::PotentialService as _,
};
use rpc::Caller;
use runtime::{Stop, TaskTracker};
use tonic::Status;

use super::{
    cards::{Desk, company, mask},
    world::World,
};
use crate::{potential::PotentialGrpc, timers::Timers};

fn grpc(world: &World) -> PotentialGrpc {
    PotentialGrpc { db: world.db.clone() }
}

fn heading(id: model::EmployeeId) -> Caller {
    Caller { roles: vec![rpc::Role::Operator, rpc::Role::Head], ..Caller::operator(id) }
}

/// What a department has of its own: fields, values and weights.
fn own(department: &str, base: Option<&str>, weights: &[(&str, &str, &str)]) -> PotentialDepartment {
    let weight = |(field, value, weight): &(&str, &str, &str)| PotentialWeight {
        field: (*field).to_owned(),
        value: (*value).to_owned(),
        weight: (*weight).to_owned(),
    };
    PotentialDepartment {
        department_id: department.to_owned(),
        base_amount: base.map(str::to_owned),
        weights: weights.iter().map(weight).collect(),
    }
}

/// These fields take part, and these departments have something of their own.
fn settings(fields: &[&str], departments: Vec<PotentialDepartment>) -> PotentialSettings {
    let fields = fields.iter().map(|name| (*name).to_owned()).collect();
    PotentialSettings { fields, departments, ..Default::default() }
}

async fn update(
    world: &World,
    by: &Caller,
    settings: PotentialSettings,
    paths: &[&str],
) -> Result<(PotentialSettings, PotentialRecount), Status> {
    let request = UpdatePotentialSettingsRequest { settings: Some(settings), update_mask: mask(paths) };
    let answer = grpc(world).update_potential_settings(by.request(request)).await?.into_inner();
    Ok((answer.settings.unwrap(), answer.recount.unwrap()))
}

/// Sets fields and departments up, as an administrator.
async fn set_up(desk: &Desk, fields: &[&str], departments: Vec<PotentialDepartment>) -> PotentialRecount {
    update(&desk.world, &desk.admin, settings(fields, departments), &["fields", "departments"]).await.unwrap().1
}

async fn recount(desk: &Desk, id: &str) -> Option<PotentialRecount> {
    let request = GetPotentialRecountRequest { recount_id: id.to_owned() };
    grpc(&desk.world).get_potential_recount(desk.admin.request(request)).await.unwrap().into_inner().recount
}

/// Runs timers until the recount is done.
async fn carry_out(desk: &Desk, id: &str, within: Duration) -> PotentialRecount {
    let (world, tasks, stop) = (&desk.world, TaskTracker::new(), Stop::new());
    let timers = Timers { wake: world.db.wake.clone() };
    let running = tasks.spawn(timer::run(world.db.pool.clone(), Schema::Crm, timers, stop.clone()));
    let done = testkit::eventually("the recount is done", within, async || {
        recount(desk, id).await.filter(|found| found.state == i32::from(PotentialRecountState::Done))
    })
    .await;
    stop.cancel();
    running.await.unwrap();
    done
}

async fn potential_of(world: &World, by: &Caller, client_id: &str) -> Result<Potential, Status> {
    let request = GetClientPotentialRequest { client_id: client_id.to_owned() };
    Ok(grpc(world).get_client_potential(by.request(request)).await?.into_inner().potential.unwrap())
}

/// A client that somebody answers for, of this importance and solvency.
async fn client(desk: &Desk, name: &str, responsible: &str, importance: i32, solvency: i32) -> Client {
    let responsible_employee_id = responsible.to_owned();
    desk.create(Client { responsible_employee_id, importance, solvency, ..company(name) }).await.unwrap()
}
