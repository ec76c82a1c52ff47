//! What somebody sets by hand goes before the formula until its last day.

use chrono::{Days, NaiveDate, Utc};
use model::ClientId;

use super::{
    PotentialError, decimal, settings,
    store::{self, ByHand, Potential},
};
use crate::{
    change::{Actor, Change, Db, json},
    clients::{ClientError, domain::Client, ops, sight::Sight},
    clock::now,
    error::Fault,
    refusals::{self, Permission},
    text,
};

/// Longer than any period; whoever wants more sets it again.
const MOST_DAYS: Days = Days::new(3_660);

#[derive(Debug, Clone)]
pub struct Wanted {
    pub amount: String,
    pub reason: String,
    pub ends_on: Option<NaiveDate>,
}

/// A client's potential, for somebody who sees the client.
///
/// # Errors
/// [`ClientError::NotFound`].
pub async fn get(db: &Db, by: Actor, client: ClientId) -> Result<Potential, PotentialError> {
    ops::open(db, by, client).await?;
    Ok(store::of_client(&db.pool, client.0).await?)
}

/// Sets a client's potential until a day.
///
/// # Errors
/// [`ClientError::NotFound`], [`ClientError::Archived`], [`ClientError::Merged`], [`PotentialError::MayNotSet`], and what is invalid.
pub async fn set(db: &Db, by: Actor, client: ClientId, wanted: Wanted) -> Result<Potential, PotentialError> {
    let by_hand = checked(wanted, by)?;
    let (mut change, found) = open(db, by, client).await?;
    let before = store::of_client(change.db(), client.0).await?.by_hand;
    store::set(change.db(), client.0, &by_hand).await?;
    change.audit("client.set_potential", "client", client.0, before.and_then(|set| json(&set)), json(&by_hand));
    keep(change, &found).await
}

/// Lets the formula count again. Repeating it changes nothing.
///
/// # Errors
/// As [`set`].
pub async fn clear(db: &Db, by: Actor, client: ClientId) -> Result<Potential, PotentialError> {
    let (mut change, found) = open(db, by, client).await?;
    let potential = store::of_client(change.db(), client.0).await?;
    let Some(before) = potential.by_hand else { return Ok(potential) };
    store::clear(change.db(), client.0).await?;
    change.audit("client.clear_potential", "client", client.0, json(&before), None);
    keep(change, &found).await
}

fn checked(wanted: Wanted, by: Actor) -> Result<ByHand, Fault> {
    let today = Utc::now().date_naive();
    let fits = |day: &NaiveDate| (today..=today + MOST_DAYS).contains(day);
    let wrong = Fault::invalid("by_hand.ends_on", "must be a day from today on, within ten years");
    Ok(ByHand {
        amount: decimal::amount("by_hand.amount", &wanted.amount)?,
        reason: text::line("by_hand.reason", &wanted.reason, 500)?,
        ends_on: wanted.ends_on.filter(fits).ok_or(wrong)?,
        author: by.employee().map(Into::into),
        set_at: now(),
    })
}

/// A client, locked, for somebody who may set its potential; the refusal of others is on record.
async fn open(db: &Db, by: Actor, id: ClientId) -> Result<(Change<'_>, Client), PotentialError> {
    let (_, sight) = ops::open(db, by, id).await?;
    let mut change = db.begin(by).await?;
    let client = ops::find_locked(&mut change, id, None).await?;
    if !may_set(by, &sight, &client) {
        drop(change);
        refusals::note(db, by, "client", id.0, Permission::SetPotential).await?;
        return Err(PotentialError::MayNotSet);
    }
    if client.archived_at.is_some() {
        return Err(ClientError::Archived.into());
    }
    Ok((change, client))
}

fn may_set(by: Actor, sight: &Sight, client: &Client) -> bool {
    by.must_be_administrator().is_ok() || sight.answers_for(client)
}

/// Counts the client under what is set now, also where nothing else is set up, tells of it and commits.
async fn keep(mut change: Change<'_>, client: &Client) -> Result<Potential, PotentialError> {
    crate::clients::store::bump(change.db(), &[client.id.0]).await?;
    let after = Client { revision: client.revision.next(), ..client.clone() };
    let head = settings::head(change.db()).await?;
    store::count(change.db(), &head, &[client.id.0]).await?;
    let potential = store::of_client(change.db(), client.id.0).await?;
    ops::tell(&mut change, &[after]).await?;
    change.commit().await?;
    Ok(potential)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_set_has_a_reason_and_a_last_day() {
        let today = Utc::now().date_naive();
        let wanted = |amount: &str, reason: &str, ends_on: Option<NaiveDate>| {
            checked(Wanted { amount: amount.into(), reason: reason.into(), ends_on }, Actor::System)
        };
        let tomorrow = today.succ_opt();
        assert_eq!(wanted("1000", " по договору ", tomorrow).unwrap().reason, "по договору");
        assert!(wanted("1000", "по договору", today.pred_opt()).is_err());
        assert!(wanted("1000", "по договору", None).is_err());
        assert!(wanted("1000", "по договору", today.checked_add_days(Days::new(4_000))).is_err());
        assert!(wanted("1000", " ", tomorrow).is_err());
        assert!(wanted("-1000", "по договору", tomorrow).is_err());
    }
}
