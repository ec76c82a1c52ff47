//! The background work over a base of clients: the search for doubles, the recounts, and a spreadsheet of as many rows.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use contracts::crm::{
    DuplicateSearchState, GetDuplicateSearchRequest, GetPotentialRecountRequest, GetPotentialSettingsRequest,
    GetQualityRecountRequest, GetQualitySettingsRequest, PotentialDepartment, PotentialRecountState, QualityProfile,
    QualityRecountState, QualityRequirement, StartDuplicateSearchRequest, UpdatePotentialSettingsRequest,
    UpdateQualitySettingsRequest,
};
use prost_types::FieldMask;
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::{Context, sheet, stage::statements};
use crate::{
    clients,
    people::Person,
    report::Run,
    usage::{Snapshot, resident_mib},
};

const LOOK: Duration = Duration::from_millis(250);

pub async fn run(context: &Context<'_>) -> Result<Run> {
    let options = context.options;
    let count = options.clients.unwrap_or(options.many(100_000, 1_000) as u64);
    let house = context.house().await?;
    let admin = Person::sign_in(&house.edge(), "admin").await?;
    clients::fill(&house.pool, count).await?;
    let processes = house.processes();
    let snapshot = Snapshot::take(&processes);
    let mut run = Run { done: count, ..Run::default() };
    run.figure("clients", "", count as f64);
    let (took, pairs) = doubles(&admin).await?;
    run.figure("search for doubles", "s", took);
    run.figure("pairs found", "", pairs as f64);
    run.figure("recount of quality", "s", recount(&admin).await?);
    run.figure("recount of potential", "s", potential(&admin).await?);
    let rows = count.min(sheet::MOST);
    run.figure("rows of a spreadsheet", "", rows as f64);
    let (read, taken) = sheet::import(&admin, count, rows).await?;
    run.figure("spreadsheet read", "s", read);
    run.figure("rows taken in", "rows/s", rows as f64 / taken);
    run.usage = snapshot.until_now(&processes);
    run.figure("okno resident", "MiB", resident_mib(&processes, "okno"));
    if options.statements {
        run.notes.extend(statements(&house.pool).await?);
    }
    house.close().await;
    Ok(run)
}

/// Seconds that it took, and what it found.
async fn doubles(admin: &Person) -> Result<(f64, u64)> {
    let (mut service, began) = (admin.duplicates(), Instant::now());
    let request = StartDuplicateSearchRequest { request_id: Uuid::now_v7().to_string(), ..Default::default() };
    let search = service.start_duplicate_search(request).await?.into_inner().search.context("a search")?;
    loop {
        let request = GetDuplicateSearchRequest { search_id: search.search_id.clone(), ..Default::default() };
        let search = service.get_duplicate_search(request).await?.into_inner().search.context("a search")?;
        match search.state() {
            DuplicateSearchState::Done => return Ok((began.elapsed().as_secs_f64(), search.pairs)),
            _ => sleep(LOOK).await,
        }
    }
}

/// Requires what a company usually does; seconds until all are counted by it.
async fn recount(admin: &Person) -> Result<f64> {
    let mut service = admin.quality();
    let settings = service.get_quality_settings(GetQualitySettingsRequest {}).await?.into_inner().settings;
    let mut settings = settings.context("settings")?;
    let required = |fields: &[&str]| {
        let of = |field: &&str| QualityRequirement { field: (*field).to_owned(), weight: 1 };
        fields.iter().map(of).collect::<Vec<_>>()
    };
    settings.company = Some(QualityProfile {
        contact_data: required(&["addresses:phone", "addresses:email"]),
        portrait: required(&["inn", "region_id", "responsible_employee_id"]),
    });
    let began = Instant::now();
    let request = UpdateQualitySettingsRequest { settings: Some(settings) };
    let recount = service.update_quality_settings(request).await?.into_inner().recount.context("a recount")?;
    loop {
        let request = GetQualityRecountRequest { recount_id: recount.recount_id.clone() };
        let recount = service.get_quality_recount(request).await?.into_inner().recount.context("a recount")?;
        match recount.state() {
            QualityRecountState::Done => return Ok(began.elapsed().as_secs_f64()),
            state => ensure!(state == QualityRecountState::Running, "the recount ended as {state:?}"),
        }
        sleep(LOOK).await;
    }
}

/// Gives every client the same base amount; seconds until all are counted by it.
async fn potential(admin: &Person) -> Result<f64> {
    let mut service = admin.potential();
    let settings = service.get_potential_settings(GetPotentialSettingsRequest {}).await?.into_inner().settings;
    let mut settings = settings.context("settings")?;
    settings.departments = vec![PotentialDepartment { base_amount: Some("100000".into()), ..Default::default() }];
    let began = Instant::now();
    let update_mask = Some(FieldMask { paths: vec!["departments".into()] });
    let request = UpdatePotentialSettingsRequest { settings: Some(settings), update_mask };
    let recount = service.update_potential_settings(request).await?.into_inner().recount.context("a recount")?;
    loop {
        let request = GetPotentialRecountRequest { recount_id: recount.recount_id.clone() };
        let recount = service.get_potential_recount(request).await?.into_inner().recount.context("a recount")?;
        match recount.state() {
            PotentialRecountState::Done => return Ok(began.elapsed().as_secs_f64()),
            state => ensure!(state == PotentialRecountState::Running, "the recount ended as {state:?}"),
        }
        sleep(LOOK).await;
    }
}
