//! What is erased here. The row of the client stays without anything of the person, so that what names it goes on to.

use sqlx::PgConnection;
use uuid::Uuid;

use super::subject::Subject;
use crate::visits::store as visits;

/// What stands where a name was.
const NOBODY: &str = "—";

/// # Errors
/// What the database answers.
pub async fn erase(db: &mut PgConnection, subject: &Subject) -> sqlx::Result<()> {
    let words = words(&mut *db, subject).await?;
    visits::erase(&mut *db, &subject.points).await?;
    visits::forget_left(&mut *db, &subject.clients, &subject.contacts, &subject.leads).await?;
    hanging(&mut *db, subject).await?;
    exports(&mut *db, &subject.clients).await?;
    consents(&mut *db, subject).await?;
    merges(&mut *db, subject).await?;
    clients(&mut *db, subject).await?;
    contacts(&mut *db, subject).await?;
    forget_words(db, &words).await
}

/// How the names sounded.
async fn words(db: &mut PgConnection, subject: &Subject) -> sqlx::Result<Vec<String>> {
    sqlx::query_scalar!(
        r#"select word as "word!" from crm.name_sound cross join unnest(words) word
           where client_id = any ($1) or owner_id = any ($3)
           union select word from crm.contact k cross join unnest(string_to_array(crm.sound(k.search_name), ' ')) word
               where k.contact_id = any ($3)
           union select word from crm.lead_sound cross join unnest(words) word where lead_id = any ($2)"#,
        &subject.clients,
        &subject.leads,
        &subject.contacts
    )
    .fetch_all(db)
    .await
}

/// What hangs on the client, its people and its leads. Proof is left of leads, as whenever they are erased.
async fn hanging(db: &mut PgConnection, subject: &Subject) -> sqlx::Result<()> {
    sqlx::query!(
        "with photos as (delete from crm.photo where object_id = any ($1)),
         custom as (delete from crm.custom_value where object_id = any ($1 || $2)),
         changes as (delete from crm.field_change where client_id = any ($1) or contact_id = any ($2)),
         addresses as (delete from crm.address where client_id = any ($1) or contact_id = any ($2)),
         events as (delete from crm.key_event where contact_id = any ($2)),
         links as (delete from crm.client_link where client_id = any ($1) or other_id = any ($1)),
         quality as (delete from crm.client_quality where client_id = any ($1)),
         qualities as (delete from crm.contact_quality where contact_id = any ($2)),
         repeated as (update crm.lead set repeats_client_id = null
                      where repeats_client_id = any ($1) and lead_id <> all ($3)),
         notes as (update crm.contract set comment = '', request_sha256 = '' where client_id = any ($1))
         insert into crm.lead_erasure (lead_id, state, created_at, active_at)
         select lead_id, state, created_at, touched_at from crm.lead where lead_id = any ($3) on conflict do nothing",
        &subject.clients,
        &subject.contacts,
        &subject.leads
    )
    .execute(&mut *db)
    .await?;
    // What somebody set by hand has a reason in words; rows of a file are its words.
    sqlx::query!(
        "with potential as (delete from crm.client_potential where client_id = any ($1)),
         by_hand as (delete from crm.potential_override where client_id = any ($1)),
         theirs as (
             select import_id, row_number from crm.import_row where client_id = any ($1)
             union select import_id, row_number from crm.import_row where contact_id = any ($2)),
         -- Rows that say the same once more name only the row they repeat.
         again as (
             select r.import_id, r.row_number from theirs t
             join crm.import_row r on r.import_id = t.import_id and r.other_row = t.row_number)
         update crm.import_row r set cells = '{}', problems = '[]'
         from (select * from theirs union select * from again) t
         where r.import_id = t.import_id and r.row_number = t.row_number",
        &subject.clients,
        &subject.contacts
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "with links as (delete from crm.contact_point_link where contact_point_id = any ($1)),
         released as (delete from crm.released_contact_point where contact_point_id = any ($1))
         delete from crm.lead where lead_id = any ($2)",
        &subject.points,
        &subject.leads
    )
    .execute(db)
    .await?;
    Ok(())
}

/// That somebody agreed is proof for us, and stays; what names them does not.
async fn consents(db: &mut PgConnection, subject: &Subject) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.consent set revision = revision + 1, wording = '', document = '', annul_reason = '', request_sha256 = ''
         where client_id = any ($1)",
        &subject.clients
    )
    .execute(db)
    .await?;
    Ok(())
}

/// Router removes what it packed as soon as there is no order for it.
pub async fn exports(db: &mut PgConnection, clients: &[Uuid]) -> sqlx::Result<()> {
    // First, so that what a step that goes on has written is seen.
    sqlx::query!(
        "update crm.personal_export set state = 3, removed_at = now(), link_sha256 = null
         where client_id = any ($1) and state <> 3",
        clients
    )
    .execute(&mut *db)
    .await?;
    sqlx::query!(
        "delete from crm.personal_export_part p using crm.personal_export e
         where e.export_id = p.export_id and e.client_id = any ($1)",
        clients
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn merges(db: &mut PgConnection, subject: &Subject) -> sqlx::Result<()> {
    sqlx::query!(
        "with journal as (delete from crm.merge_journal where merge_id = any ($1)),
         pairs as (delete from crm.duplicate_pair where one_id = any ($2::uuid[] || $3::uuid[]) or other_id = any ($2 || $3)),
         persons as (delete from crm.not_duplicate_contact where one_id = any ($3) or other_id = any ($3)),
         apart as (delete from crm.not_duplicate where one_id = any ($2) or other_id = any ($2))
         update crm.merge set fields_before = '{}', fields_after = '{}', request_sha256 = '' where merge_id = any ($1)",
        &subject.merges,
        &subject.clients,
        &subject.contacts
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn clients(db: &mut PgConnection, subject: &Subject) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.client set revision = revision + 1, name = $2, search_name = '', working_name = '',
             search_working_name = '', comment = '', surname = '', given_name = '', patronymic = '', sex = 0,
             birthday = null, remind_birthday = false, inn = '', kpp = '', ogrn = '', okpo = '', registered_on = null,
             main_contact_id = null, industry_id = null, more_industries = '[]', segment_id = null,
             headcount_id = null, workplaces_id = null, region_id = null, holding_id = null, importance = 0,
             work_status = 0, solvency = 0, relations = '{}', unsubscribed = true, takes_surveys = false,
             founder = false, bank_accounts = '[]', extras = '[]', tag_ids = '{}', request_sha256 = '',
             updated_at = now(), archived_at = coalesce(archived_at, now())
         where client_id = any ($1)",
        &subject.clients,
        NOBODY
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn contacts(db: &mut PgConnection, subject: &Subject) -> sqlx::Result<()> {
    sqlx::query!(
        "update crm.contact set revision = revision + 1, name = $2, search_name = '', surname = '', given_name = '',
             patronymic = '', sex = 0, position_id = null, role_id = null, key_person = false, business_owner = false,
             influences = '{}', interests = '', birthday = null, remind_birthday = false, linked_from = null,
             linked_until = null, unsubscribed = true, comment = '', request_sha256 = '', updated_at = now(),
             archived_at = coalesce(archived_at, now())
         where contact_id = any ($1)",
        &subject.contacts,
        NOBODY
    )
    .execute(db)
    .await?;
    Ok(())
}

/// A slip is looked for among words that were ever in a name: those that nobody has any more tell who was here.
async fn forget_words(db: &mut PgConnection, words: &[String]) -> sqlx::Result<()> {
    sqlx::query!(
        "delete from crm.sound_word w where w.word = any ($1)
             and not exists (select from crm.name_sound n where n.words @> array[w.word])
             and not exists (select from crm.lead_sound n where n.words @> array[w.word])",
        words
    )
    .execute(db)
    .await?;
    Ok(())
}
