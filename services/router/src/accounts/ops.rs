//! One use case, one transaction; what follows a commit (projection, reload) may be lost and is repeated.

use std::time::Duration;

use ::store::{Schema, access::Log, audit, event};
use bus::seal::RootKey;
use chrono::{TimeDelta, Utc};
use contracts::{
    channel::{GatewayDescription, ProbeRequest, ProbeResponse, Sealed},
    inbox::{AssignmentMethod, ChannelAccount},
    live::{Audience, ChannelAccountChanged, event::What},
};
use model::{AccountId, Channel, EmployeeId};
use prost::Message;
use uuid::Uuid;

use super::{
    domain::{AccountError, field, hint, probe_failure, read_settings, schema},
    secrets,
    store::{self, AccountRow, Saved},
};
use crate::{conversations, files::Objects, folders, gateways, run::Shared};

/// A gateway that was silent for longer is not running; it announces itself each minute.
pub const GATEWAY_SILENCE: TimeDelta = TimeDelta::minutes(3);
/// Characters of the text for when nobody is there.
const OUT_OF_HOURS: usize = 4_000;
/// Characters of what stands below letters.
const SIGNATURE: usize = 4_000;
/// Gateways answer a probe within 15 s.
const PROBE: Duration = Duration::from_secs(17);

/// What account use cases need.
#[derive(Clone)]
pub struct Accounts {
    pub shared: Shared,
    pub key: RootKey,
    pub parts: u32,
    pub demo_url: Option<String>,
    pub objects: Objects,
    /// Who read what came.
    pub accesses: Log,
}

impl Accounts {
    /// The account, if it is not deleted.
    pub async fn get(&self, id: AccountId) -> Result<AccountRow, AccountError> {
        let rows = store::accounts(&self.shared.pool, Some(id.0), None, None, 1).await?;
        rows.into_iter().next().ok_or(AccountError::NotFound(id.0))
    }

    /// Creates an account; an enabled one only when the provider accepts its settings. Repeating the id changes nothing.
    pub async fn create(
        &self,
        by: EmployeeId,
        id: AccountId,
        asked: &ChannelAccount,
    ) -> Result<AccountRow, AccountError> {
        if let Ok(known) = self.get(id).await {
            return Ok(known);
        }
        let channel: Channel = asked.channel.parse().map_err(|_| field("channel", "is not a channel's name"))?;
        let gateway = self.gateway(&channel).await?;
        let schema = schema(&gateway);
        let given = self.with_consent(by, &channel, &schema, &asked.settings).await?;
        let settings = read_settings(&schema, &given, &[])?;
        let sealed = secrets::merge(&self.key, &channel, id, &Sealed::default(), &settings.secret)?;
        if asked.enabled {
            self.probe_or_refuse(&channel, id, &settings.plain, &sealed).await?;
        }
        let mut saved = Saved {
            account_id: id.0,
            channel: channel.to_string(),
            name: String::new(),
            part: part_of(id, self.parts),
            enabled: asked.enabled,
            is_request_source: asked.is_request_source,
            settings: settings.plain,
            secrets_key_id: sealed.key_id,
            secrets: sealed.r#box,
            secret_hints: settings.secret.iter().map(|(k, v)| (k.clone(), hint(v))).collect(),
            assignment_method: 0,
            assignment_employees: Vec::new(),
            department_id: None,
            owner_employee_id: self.owner(asked).await?.map(|id| id.0),
            reopen_window_hours: 24,
            schedule_id: None,
            out_of_hours_text: String::new(),
            signature: String::new(),
        };
        take_rest(&mut saved, asked)?;
        self.must_be_schedule(None, saved.schedule_id).await?;
        let mut tx = self.shared.pool.begin().await?;
        if store::insert(&mut *tx, &saved).await? {
            record(&mut tx, by, "created", &saved, 1).await?;
        }
        tx.commit().await?;
        self.after_change(&channel).await;
        self.get(id).await
    }

    /// Overwrites what `fields` name (all when empty). New settings of an enabled account are tried first.
    pub async fn update(
        &self,
        by: EmployeeId,
        id: AccountId,
        revision: Option<i64>,
        asked: &ChannelAccount,
        fields: &[String],
    ) -> Result<AccountRow, AccountError> {
        let known = self.get(id).await?;
        if revision.is_some_and(|seen| seen != known.revision) {
            return Err(AccountError::Stale);
        }
        let revision = known.revision;
        let channel: Channel = known.channel.parse().map_err(|_| field("channel", "is not a channel's name"))?;
        let merged = masked(&known, asked, fields)?;
        let mut saved = Saved::from_row(&known);
        let has = |name: &str| fields.iter().any(|f| f == name);
        // A gateway fills what is missing from what is saved under the id that it is asked about.
        let mut tried = None;
        if has("settings") {
            let gateway = self.gateway(&channel).await?;
            let others = !may_keep_secrets(&known, by);
            if others {
                saved.forget_secrets();
            }
            let kept: Vec<String> = saved.secret_hints.keys().cloned().collect();
            let schema = schema(&gateway);
            let given = self.with_consent(by, &channel, &schema, &merged.settings).await?;
            let settings = read_settings(&schema, &given, &kept)?;
            let stored = Sealed { key_id: saved.secrets_key_id.clone(), r#box: saved.secrets.clone() };
            let sealed = secrets::merge(&self.key, &channel, id, &stored, &settings.secret)?;
            if others {
                let nobody = AccountId::default();
                let given = secrets::merge(&self.key, &channel, nobody, &Sealed::default(), &settings.secret)?;
                tried = Some((nobody, given));
            }
            saved.settings = settings.plain;
            saved.secret_hints.extend(settings.secret.iter().map(|(k, v)| (k.clone(), hint(v))));
            (saved.secrets_key_id, saved.secrets) = (sealed.key_id, sealed.r#box);
        }
        take_rest(&mut saved, &merged)?;
        self.must_be_schedule(known.schedule_id, saved.schedule_id).await?;
        if saved.enabled && (has("settings") || !known.enabled) {
            let sealed = Sealed { key_id: saved.secrets_key_id.clone(), r#box: saved.secrets.clone() };
            let (id, sealed) = tried.unwrap_or((id, sealed));
            self.probe_or_refuse(&channel, id, &saved.settings, &sealed).await?;
        }
        let mut tx = self.shared.pool.begin().await?;
        if !store::update(&mut *tx, &saved, revision).await? {
            return Err(AccountError::Stale);
        }
        record(&mut tx, by, "changed", &saved, revision + 1).await?;
        tx.commit().await?;
        self.after_change(&channel).await;
        self.get(id).await
    }

    /// Switches it off for good.
    pub async fn delete(&self, by: EmployeeId, id: AccountId, revision: Option<i64>) -> Result<(), AccountError> {
        let known = self.get(id).await?;
        let revision = revision.unwrap_or(known.revision);
        let mut tx = self.shared.pool.begin().await?;
        if !store::delete(&mut *tx, id.0, revision).await? {
            return Err(AccountError::Stale);
        }
        folders::drop_all(&mut *tx, id.0).await?;
        record(&mut tx, by, "deleted", &Saved::from_row(&known), revision + 1).await?;
        tx.commit().await?;
        if let Ok(channel) = known.channel.parse() {
            self.after_change(&channel).await;
        }
        Ok(())
    }

    /// Tries settings that are not saved yet.
    pub async fn check(
        &self,
        by: EmployeeId,
        channel: &Channel,
        saved: Option<AccountId>,
        given: &std::collections::HashMap<String, String>,
    ) -> Result<ProbeResponse, AccountError> {
        let gateway = self.gateway(channel).await?;
        let known = self.kept(by, saved).await?;
        let kept: Vec<String> = known.iter().flat_map(|k| k.secret_hints.keys().cloned()).collect();
        let schema = schema(&gateway);
        let given = self.with_consent(by, channel, &schema, given).await?;
        let settings = read_settings(&schema, &given, &kept)?;
        let id = known.as_ref().map_or_else(AccountId::default, |known| AccountId(known.account_id));
        let stored = known.map(|k| Sealed { key_id: k.secrets_key_id, r#box: k.secrets }).unwrap_or_default();
        let sealed = secrets::merge(&self.key, channel, id, &stored, &settings.secret)?;
        self.probe(channel, id, &settings.plain, &sealed).await
    }

    async fn probe_or_refuse(
        &self,
        channel: &Channel,
        id: AccountId,
        settings: &std::collections::HashMap<String, String>,
        sealed: &Sealed,
    ) -> Result<(), AccountError> {
        let probe = self.probe(channel, id, settings, sealed).await?;
        probe_failure(&probe).map_or(Ok(()), Err)
    }

    async fn probe(
        &self,
        channel: &Channel,
        id: AccountId,
        settings: &std::collections::HashMap<String, String>,
        sealed: &Sealed,
    ) -> Result<ProbeResponse, AccountError> {
        let question = ProbeRequest {
            account_id: id.to_string(),
            settings: settings.clone(),
            secrets: Some(sealed.clone()),
            consent: None,
        };
        self.ask_gateway(channel, &question).await
    }

    pub(super) async fn ask_gateway(
        &self,
        channel: &Channel,
        question: &ProbeRequest,
    ) -> Result<ProbeResponse, AccountError> {
        let answer = bus::ask(&self.shared.bus, bus::names::probe(channel), question, PROBE).await;
        answer.map_err(|_| AccountError::NoGateway(channel.to_string()))
    }

    /// The saved account whose secrets fill what is left empty, if they may.
    pub(super) async fn kept(&self, by: EmployeeId, saved: Option<AccountId>) -> Result<Option<Saved>, AccountError> {
        let Some(id) = saved else { return Ok(None) };
        let row = self.get(id).await?;
        Ok(may_keep_secrets(&row, by).then(|| Saved::from_row(&row)))
    }

    /// The secrets that are saved with an account.
    pub(super) fn opened(
        &self,
        channel: &Channel,
        kept: Option<&Saved>,
    ) -> Result<std::collections::HashMap<String, String>, AccountError> {
        let Some(kept) = kept.filter(|kept| !kept.secrets.is_empty()) else {
            return Ok(std::collections::HashMap::new());
        };
        let sealed = Sealed { key_id: kept.secrets_key_id.clone(), r#box: kept.secrets.clone() };
        let plain = self.key.for_channel(channel).open(AccountId(kept.account_id), &sealed)?;
        Ok(serde_json::from_slice(&plain).unwrap_or_default())
    }

    /// The gateway of a channel, if it has ever announced itself.
    pub(super) async fn gateway(&self, channel: &Channel) -> Result<GatewayDescription, AccountError> {
        let rows = store::gateways(&self.shared.pool, Some(channel.as_str())).await?;
        let row = rows.first().ok_or_else(|| AccountError::NoGateway(channel.to_string()))?;
        Ok(GatewayDescription::decode(row.description.as_slice()).unwrap_or_default())
    }

    /// Whose personal account is wanted: somebody who works here.
    async fn owner(&self, asked: &ChannelAccount) -> Result<Option<EmployeeId>, AccountError> {
        if asked.owner_employee_id.is_empty() {
            return Ok(None);
        }
        let id: EmployeeId = asked.owner_employee_id.parse().map_err(|_| field("owner_employee_id", "is no id"))?;
        match conversations::colleague(&self.shared.pool, id.0).await? {
            Some(colleague) if colleague.active => Ok(Some(id)),
            _ => Err(field("owner_employee_id", "names nobody who works here")),
        }
    }

    /// What stood there before is not asked about again.
    async fn must_be_schedule(&self, before: Option<Uuid>, wanted: Option<Uuid>) -> Result<(), AccountError> {
        match wanted.filter(|id| before != Some(*id)) {
            Some(id) if !store::is_schedule(&self.shared.pool, id).await? => {
                Err(field("schedule_id", "names no schedule"))
            }
            _ => Ok(()),
        }
    }

    async fn after_change(&self, channel: &Channel) {
        let _ = self.shared.directory.reload(&self.shared.pool).await;
        gateways::project(&self.shared.pool, &self.shared.bus, Some(channel)).await;
        self.shared.wakes.relay.notify_one();
    }
}

impl Saved {
    /// What is stored, as the base of a change.
    pub fn from_row(row: &AccountRow) -> Self {
        Self {
            account_id: row.account_id,
            channel: row.channel.clone(),
            name: row.name.clone(),
            part: 0,
            enabled: row.enabled,
            is_request_source: row.is_request_source,
            settings: serde_json::from_value(row.settings.clone()).unwrap_or_default(),
            secrets_key_id: row.secrets_key_id.clone(),
            secrets: row.secrets.clone(),
            secret_hints: serde_json::from_value(row.secret_hints.clone()).unwrap_or_default(),
            assignment_method: row.assignment_method,
            assignment_employees: row.assignment_employees.clone(),
            department_id: row.department_id,
            owner_employee_id: row.owner_employee_id,
            reopen_window_hours: row.reopen_window_hours,
            schedule_id: row.schedule_id,
            out_of_hours_text: row.out_of_hours_text.clone(),
            signature: row.signature.clone(),
        }
    }

    fn forget_secrets(&mut self) {
        self.secret_hints.clear();
        self.secrets.clear();
        self.secrets_key_id.clear();
    }
}

/// Whether secrets that are not given anew stay. Not for a change of somebody else's personal account: an administrator
/// who put a server of theirs in its settings would be told its password.
fn may_keep_secrets(known: &AccountRow, by: EmployeeId) -> bool {
    known.owner_employee_id.is_none_or(|owner| owner == by.0)
}

/// The stored account with the masked fields of another one put over it.
fn masked(known: &AccountRow, asked: &ChannelAccount, fields: &[String]) -> Result<ChannelAccount, AccountError> {
    let mut merged = super::grpc::contract(known);
    for name in fields {
        match name.as_str() {
            "name" => merged.name.clone_from(&asked.name),
            "enabled" => merged.enabled = asked.enabled,
            "is_request_source" => merged.is_request_source = asked.is_request_source,
            "settings" => merged.settings.clone_from(&asked.settings),
            "assignment" => merged.assignment.clone_from(&asked.assignment),
            "department_id" => merged.department_id.clone_from(&asked.department_id),
            "reopen_window_hours" => merged.reopen_window_hours = asked.reopen_window_hours,
            "schedule_id" => merged.schedule_id.clone_from(&asked.schedule_id),
            "signature" => merged.signature.clone_from(&asked.signature),
            "out_of_hours_text" => merged.out_of_hours_text.clone_from(&asked.out_of_hours_text),
            other => return Err(field("update_mask", &format!("{other} cannot be changed"))),
        }
    }
    Ok(merged)
}

/// Everything but the settings.
fn take_rest(saved: &mut Saved, asked: &ChannelAccount) -> Result<(), AccountError> {
    let name = asked.name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(field("name", "should have 1 to 100 characters"));
    }
    let assignment = asked.assignment.clone().unwrap_or_default();
    let employees: Result<Vec<Uuid>, _> = assignment.employee_ids.iter().map(|id| id.parse()).collect();
    let employees = employees.map_err(|_| field("assignment.employee_ids", "holds something that is no id"))?;
    let method = assignment.method();
    match (method, employees.len()) {
        (AssignmentMethod::Fixed, 1) | (AssignmentMethod::RoundRobin, 1..=500) => {}
        (AssignmentMethod::Queue | AssignmentMethod::Unspecified, _) => {}
        _ => return Err(field("assignment.employee_ids", "name the employee, or those who take turns")),
    }
    let personal = saved.owner_employee_id;
    let department = Some(asked.department_id.as_str()).filter(|id| personal.is_none() && !id.is_empty());
    let department = department.map(str::parse).transpose().map_err(|_| field("department_id", "is no id"))?;
    let schedule = Some(asked.schedule_id.as_str()).filter(|id| !id.is_empty());
    let schedule = schedule.map(str::parse).transpose().map_err(|_| field("schedule_id", "is no id"))?;
    if asked.reopen_window_hours > 24 * 90 {
        return Err(field("reopen_window_hours", "is at most 2,160 (90 days)"));
    }
    let text = asked.out_of_hours_text.trim();
    if text.chars().count() > OUT_OF_HOURS || text.contains('\0') {
        return Err(field("out_of_hours_text", "should have at most 4,000 characters"));
    }
    let signature = asked.signature.trim();
    if signature.chars().count() > SIGNATURE || signature.contains('\0') {
        return Err(field("signature", "should have at most 4,000 characters"));
    }
    saved.name = name.to_owned();
    signature.clone_into(&mut saved.signature);
    text.clone_into(&mut saved.out_of_hours_text);
    saved.enabled = asked.enabled;
    saved.is_request_source = asked.is_request_source;
    // What comes to a personal account is its owner's.
    saved.assignment_method = if personal.is_some() { AssignmentMethod::Fixed } else { method } as i16;
    saved.assignment_employees = personal.map_or(employees, |owner| vec![owner]);
    saved.department_id = department;
    saved.reopen_window_hours = asked.reopen_window_hours.cast_signed();
    saved.schedule_id = schedule;
    Ok(())
}

/// The audit row and the event of a change, in its transaction. Secrets are in neither.
async fn record(
    db: &mut sqlx::PgConnection,
    by: EmployeeId,
    action: &'static str,
    saved: &Saved,
    revision: i64,
) -> Result<(), AccountError> {
    let after = serde_json::json!({
        "name": saved.name, "channel": saved.channel, "enabled": saved.enabled,
        "is_request_source": saved.is_request_source, "settings": saved.settings,
        "assignment_method": saved.assignment_method, "assignment_employees": saved.assignment_employees,
        "department_id": saved.department_id, "owner_employee_id": saved.owner_employee_id, "reopen_window_hours": saved.reopen_window_hours,
        "schedule_id": saved.schedule_id,
    });
    let entry = audit::Entry {
        employee_id: Some(by.0),
        action,
        object_kind: "channel_account",
        object_id: saved.account_id,
        before: None,
        after: Some(after),
    };
    audit::append(db, Schema::Inbox, &[entry]).await?;
    let account_id = saved.account_id.to_string();
    let what = What::ChannelAccountChanged(ChannelAccountChanged { account_id, revision: revision.cast_unsigned() });
    event::append(db, Schema::Inbox, &[(what, Audience { everyone: true, ..Audience::default() })]).await?;
    Ok(())
}

/// IN is cut into parts by account.
pub fn part_of(account: AccountId, parts: u32) -> i32 {
    let hash = account.0.as_u128() ^ (account.0.as_u128() >> 64);
    i32::try_from(hash % u128::from(parts.max(1))).unwrap_or_default()
}

/// Whether a gateway has been heard lately.
pub fn is_running(seen: Option<chrono::DateTime<Utc>>) -> bool {
    seen.is_some_and(|at| Utc::now() - at < GATEWAY_SILENCE)
}
