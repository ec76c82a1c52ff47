//! How well cards are filled: settings, counts on saving and in the background, figures, failing records.

mod checks;
mod counts;
mod figures;
pub mod rights;

use std::time::Duration;

use ::store::{Schema, timer};
use contracts::crm::{
    ClientQuality, GetClientRequest, GetQualityRecountRequest, QualityProfile, QualityRecount, QualityRecountState,
    QualityRequirement, QualitySettings, UpdateQualitySettingsRequest, client_service_server::ClientService as _,
    quality_service_server::QualityService as _,
};
use rpc::Caller;
use runtime::{Stop, TaskTracker};
use tonic::Status;

use super::{cards::Desk, world::World};
use crate::{quality::QualityGrpc, timers::Timers};

fn grpc(world: &World) -> QualityGrpc {
    QualityGrpc { db: world.db.clone() }
}

fn administrator(world: &World) -> Caller {
    Caller::administrator(world.admin.employee().unwrap())
}

fn required(fields: &[&str]) -> Vec<QualityRequirement> {
    fields.iter().map(|field| QualityRequirement { field: (*field).to_owned(), weight: 0 }).collect()
}

/// A phone and these fields of clients, a phone and these of contacts.
fn settings(client: &[&str], contact: &[&str]) -> QualitySettings {
    let profile = |portrait: &[&str]| {
        Some(QualityProfile { contact_data: required(&["addresses:phone"]), portrait: required(portrait) })
    };
    QualitySettings {
        company: profile(client),
        person: profile(client),
        contact: profile(contact),
        ..Default::default()
    }
}

async fn update(world: &World, settings: QualitySettings) -> Result<(QualitySettings, QualityRecount), Status> {
    let request = UpdateQualitySettingsRequest { settings: Some(settings) };
    let answer = grpc(world).update_quality_settings(administrator(world).request(request)).await?.into_inner();
    Ok((answer.settings.unwrap(), answer.recount.unwrap()))
}

async fn recount(world: &World, id: &str) -> Option<QualityRecount> {
    let request = GetQualityRecountRequest { recount_id: id.to_owned() };
    grpc(world).get_quality_recount(administrator(world).request(request)).await.unwrap().into_inner().recount
}

/// Runs timers until the recount is done.
async fn carry_out(world: &World, id: &str, within: Duration) -> QualityRecount {
    let (tasks, stop) = (TaskTracker::new(), Stop::new());
    let timers = Timers { wake: world.db.wake.clone() };
    let running = tasks.spawn(timer::run(world.db.pool.clone(), Schema::Crm, timers, stop.clone()));
    let done = testkit::eventually("the recount is done", within, async || {
        recount(world, id).await.filter(|found| found.state == i32::from(QualityRecountState::Done))
    })
    .await;
    stop.cancel();
    running.await.unwrap();
    done
}

async fn quality(desk: &Desk, client_id: &str) -> Option<ClientQuality> {
    let request = GetClientRequest { client_id: client_id.to_owned() };
    desk.clients.get_client(desk.admin.request(request)).await.unwrap().into_inner().quality
}
