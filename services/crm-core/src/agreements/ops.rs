//! Use cases of contracts; each is one transaction with its audit rows and events. Whoever sees a client sees its contracts.

use contracts::crm::DirectoryKind;
use model::{ClientId, ContractId};

use super::{
    domain::{Contract, Terms},
    store,
};
use crate::{
    caller::Mask,
    change::{Actor, Change, Db, RequestHash, Revision, json},
    clients::{ClientError, domain::Client, ops as clients, refs::Refs, sight::Sight},
    clock::now,
    error::Fault,
};

const MOST_CONTRACTS: u32 = 200;

/// # Errors
/// [`ClientError::NotFound`].
pub async fn list(db: &Db, by: Actor, client: ClientId, with_archived: bool) -> Result<Vec<Contract>, ClientError> {
    clients::open(db, by, client).await?;
    Ok(store::contracts(&db.pool, Some(client), None, with_archived).await?)
}

/// Adds a contract. Repeated with the same request it returns the one that is there.
///
/// # Errors
/// [`ClientError::NotFound`], [`ClientError::Archived`], [`Fault::Limit`], and what the domain refuses.
pub async fn create(
    db: &Db,
    by: Actor,
    id: ContractId,
    client: ClientId,
    terms: Terms,
    request: RequestHash,
) -> Result<Contract, ClientError> {
    let terms = terms.checked()?;
    let (_, sight) = clients::open(db, by, client).await?;
    let mut change = db.begin(by).await?;
    let owner = clients::find_locked(&mut change, client, None).await?;
    let there = store::contracts(change.db(), Some(client), Some(id), true).await?;
    if let Some(stored) = store::request_of(change.db(), id).await? {
        request.must_be(&stored)?;
        return there.into_iter().find(|one| one.id == id).ok_or(ClientError::ContractNotFound(id));
    }
    if there.len() >= MOST_CONTRACTS as usize {
        return Err(Fault::Limit(MOST_CONTRACTS).into());
    }
    let contract = Contract { id, client, revision: Revision(1), terms, created_at: now() };
    prepare(&mut change, &owner, &contract, None, &sight).await?;
    store::insert(change.db(), &contract, &request).await?;
    change.audit("contract.create", "contract", id.0, None, json(&contract));
    clients::tell(&mut change, &[owner]).await?;
    change.commit().await?;
    Ok(contract)
}

/// Changes those fields that are named. The mark of the main one moves.
///
/// # Errors
/// [`ClientError::ContractNotFound`], [`ClientError::Archived`], [`Fault::Stale`], and what the domain refuses.
pub async fn update(
    db: &Db,
    by: Actor,
    id: ContractId,
    seen: Option<Revision>,
    terms: Terms,
    fields: &Mask,
) -> Result<Contract, ClientError> {
    let there = store::contracts(&db.pool, None, Some(id), true).await?.pop();
    let client = there.ok_or(ClientError::ContractNotFound(id))?.client;
    let sight = match clients::open(db, by, client).await {
        Ok((_, sight)) => sight,
        Err(ClientError::NotFound(_)) => return Err(ClientError::ContractNotFound(id)),
        Err(error) => return Err(error),
    };
    let mut change = db.begin(by).await?;
    let owner = clients::find_locked(&mut change, client, None).await?;
    let before = store::contracts(change.db(), None, Some(id), true).await?.pop();
    let before = before.ok_or(ClientError::ContractNotFound(id))?;
    before.revision.must_be(seen)?;
    let terms = before.terms.changed(terms, fields)?;
    let after = Contract { revision: before.revision.next(), terms, ..before.clone() };
    prepare(&mut change, &owner, &after, Some(&before), &sight).await?;
    store::update(change.db(), &after).await?;
    change.audit("contract.update", "contract", id.0, json(&before), json(&after));
    clients::tell(&mut change, &[owner]).await?;
    change.commit().await?;
    Ok(after)
}

/// What a version needs before it is written: references that are there, and the mark of the main one free.
async fn prepare(
    change: &mut Change<'_>,
    owner: &Client,
    after: &Contract,
    before: Option<&Contract>,
    sight: &Sight,
) -> Result<(), ClientError> {
    if owner.archived_at.is_some() {
        return Err(ClientError::Archived);
    }
    let known = before.map(|before| refs(&before.terms)).unwrap_or_default();
    refs(&after.terms).without(&known).check(change.db(), owner.id, sight).await?;
    if after.terms.is_main {
        store::unmark_main(change.db(), owner.id, after.id).await?;
    }
    Ok(())
}

fn refs(terms: &Terms) -> Refs {
    let mut refs = Refs::default();
    refs.entry("organisation_id", DirectoryKind::Organisation, terms.organisation);
    refs.entry("price_kind_id", DirectoryKind::Price, terms.price_kind);
    refs.entry("discount_kind_id", DirectoryKind::Discount, terms.discount_kind);
    refs
}
