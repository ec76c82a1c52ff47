//! What belongs to a person: the client with those merged into it, their people, leads and contact points.

use ring::digest;
use sqlx::PgConnection;
use uuid::Uuid;

/// By ids, each in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Subject {
    pub clients: Vec<Uuid>,
    pub contacts: Vec<Uuid>,
    pub contracts: Vec<Uuid>,
    pub leads: Vec<Uuid>,
    /// With those that router joined into them.
    pub points: Vec<Uuid>,
    pub merges: Vec<Uuid>,
}

/// Keeps the clients as they are until the transaction ends.
///
/// # Errors
/// What the database answers.
pub async fn lock(db: &mut PgConnection, subject: &Subject) -> sqlx::Result<()> {
    sqlx::query!(
        "select client_id from crm.client where client_id = any ($1) order by client_id for update",
        &subject.clients
    )
    .fetch_all(db)
    .await?;
    Ok(())
}

/// As of now. `points` are known beside those that are linked. A lead of another client is that client's, whoever wrote.
///
/// # Errors
/// What the database answers.
pub async fn of(db: &mut PgConnection, client: Uuid, points: &[Uuid]) -> sqlx::Result<Subject> {
    let row = sqlx::query!(
        r#"with recursive ours as (
               select client_id from crm.client where client_id = $1 or merged_into = $1),
           linked as (
               select contact_point_id from crm.contact_point_link where client_id in (select client_id from ours)
               union select unnest($2::uuid[])),
           became(lead_id) as (
               select lead_id from crm.lead where client_id in (select client_id from ours)
               union
               select l.lead_id from crm.lead l join became b on l.merged_into = b.lead_id),
           wrote as (
               select contact_point_id from linked
               union
               select p.contact_point_id from crm.lead_contact_point p join became using (lead_id)
                   where not exists (select from crm.contact_point_link k
                                     where k.contact_point_id = p.contact_point_id
                                         and k.client_id not in (select client_id from ours))),
           person as (
               select contact_id from crm.contact where client_id in (select client_id from ours)
               union
               select k.contact_id from crm.contact k join person p on k.merged_into = p.contact_id),
           lead as (
               select lead_id from became
               union
               select l.lead_id from crm.lead l join crm.lead_contact_point p using (lead_id)
                   where p.contact_point_id in (select contact_point_id from wrote) and l.client_id is null
               union
               select l.lead_id from crm.lead l join lead b on l.merged_into = b.lead_id where l.client_id is null)
           select array(select client_id from ours order by 1) as "clients!",
                  array(select contact_id from person order by 1) as "contacts!",
                  array(select contract_id from crm.contract where client_id in (select client_id from ours) order by 1)
                      as "contracts!",
                  array(select lead_id from lead order by 1) as "leads!",
                  array(select contact_point_id from wrote
                        union select p.contact_point_id from inbox_read.contact_point p
                            where p.joined_into in (select contact_point_id from wrote) order by 1) as "points!",
                  array(select m.merge_id from crm.merge m
                        where m.client_id in (select client_id from ours)
                            or m.other_ids && array(select client_id from ours)
                            or m.contact_id in (select contact_id from person)
                            or m.other_ids && array(select contact_id from person) order by 1) as "merges!""#,
        client,
        points
    )
    .fetch_one(db)
    .await?;
    Ok(Subject {
        clients: row.clients,
        contacts: row.contacts,
        contracts: row.contracts,
        leads: row.leads,
        points: row.points,
        merges: row.merges,
    })
}

/// The hash of everything that the person is called by. With names and addresses together it cannot be guessed from one of them.
///
/// # Errors
/// What the database answers.
pub async fn identifiers(db: &mut PgConnection, erasure: Uuid, subject: &Subject) -> sqlx::Result<Vec<u8>> {
    let lines = sqlx::query_scalar!(
        r#"select line as "line!" from (
               select name as line from crm.client where client_id = any ($1)
               union select name from crm.contact where contact_id = any ($2)
               union select name from crm.lead where lead_id = any ($3)
               union select normalized from crm.address where client_id = any ($1) or contact_id = any ($2)
               union select normalized from crm.lead_address where lead_id = any ($3)
               union select channel || ':' || scope || ':' || address from inbox_read.contact_point
                   where contact_point_id = any ($4)) found
           where line <> '' order by line collate "C""#,
        &subject.clients,
        &subject.contacts,
        &subject.leads,
        &subject.points
    )
    .fetch_all(db)
    .await?;
    let text = lines.iter().fold(format!("{erasure}\n"), |text, line| text + line + "\n");
    Ok(digest::digest(&digest::SHA256, text.as_bytes()).as_ref().to_vec())
}
