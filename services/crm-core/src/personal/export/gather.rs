//! Our part of an export, as texts that whoever gets it can read: JSON, a file per area, 500 entries in each. Names of staff, what is
//! computed, and the audit, which says the same once more, are left out.

use sqlx::PgConnection;
use uuid::Uuid;

use super::super::subject::Subject;

/// Writes the parts of an export.
///
/// # Errors
/// What the database answers.
pub async fn write(db: &mut PgConnection, export: Uuid, subject: &Subject) -> sqlx::Result<()> {
    card(&mut *db, export, subject).await?;
    past(&mut *db, export, subject).await?;
    photos(db, export, subject).await
}

/// Who they are: client, contacts, addresses, contracts, own fields.
async fn card(db: &mut PgConnection, export: Uuid, subject: &Subject) -> sqlx::Result<()> {
    sqlx::query!(
        "with named as (select entry_id, name from crm.directory_entry),
         entry(area, kind, at, entry) as (
             select 'client', 'client', c.client_id::text, to_jsonb(e) from crm.client c cross join lateral (
                 select (array['person', 'company'])[c.kind] as kind, nullif(c.name, '') as name,
                     nullif(c.working_name, '') as working_name, nullif(c.surname, '') as surname,
                     nullif(c.given_name, '') as given_name, nullif(c.patronymic, '') as patronymic,
                     (array['female', 'male'])[c.sex] as sex, c.birthday, nullif(c.inn, '') as inn, nullif(c.kpp, '') as kpp,
                     nullif(c.ogrn, '') as ogrn, nullif(c.okpo, '') as okpo, c.registered_on,
                     nullif(c.comment, '') as comment,
                     (select name from named where entry_id = c.industry_id) as industry,
                     (select name from named where entry_id = c.segment_id) as segment,
                     (select name from named where entry_id = c.region_id) as region,
                     (select name from named where entry_id = c.holding_id) as holding,
                     (select name from named where entry_id = c.headcount_id) as headcount,
                     (select name from named where entry_id = c.workplaces_id) as workplaces,
                     nullif(array(select name from named where entry_id = any (c.tag_ids) order by 1), '{}') as tags,
                     (array['ordinary', 'regional', 'federal', 'special'])[c.importance] as importance,
                     (array['working', 'not working', 'lost'])[c.work_status] as work_status,
                     (array['low', 'medium', 'high'])[c.solvency] as solvency,
                     nullif(array(select (array['buyer', 'supplier', 'competitor', 'state body', 'client of a distributor',
                         'other'])[one] from unnest(c.relations) one), '{}') as relations,
                     c.unsubscribed, c.takes_surveys, nullif(c.founder, false) as founder,
                     nullif(c.bank_accounts, '[]') as bank_accounts, nullif(c.extras, '[]') as more,
                     c.created_at, c.updated_at, c.archived_at,
                     nullif(c.merged_into is not null, false) as merged_into_another) e
             where c.client_id = any ($2)
             union all
             select 'contacts', 'contact', p.contact_id::text, to_jsonb(e) from crm.contact p cross join lateral (
                 select nullif(p.name, '') as name, nullif(p.surname, '') as surname, nullif(p.given_name, '') as given_name,
                     nullif(p.patronymic, '') as patronymic, (array['female', 'male'])[p.sex] as sex, p.birthday,
                     (select name from named where entry_id = p.position_id) as position,
                     (select name from named where entry_id = p.role_id) as role,
                     (array['works', 'left', 'away'])[p.state] as state, nullif(p.key_person, false) as key_person,
                     nullif(p.business_owner, false) as business_owner,
                     nullif(array(select (array['customer', 'sponsor', 'supporter', 'opponent', 'communication', 'other'])[one]
                         from unnest(p.influences) one), '{}') as influences,
                     nullif(p.interests, '') as interests, p.linked_from, p.linked_until, p.unsubscribed,
                     nullif(p.comment, '') as comment,
                     (select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('on', k.on_date, 'what',
                         (select name from named where entry_id = k.kind_id), 'comment', nullif(k.comment, '')))
                         order by k.place) from crm.key_event k where k.contact_id = p.contact_id) as days,
                     p.created_at, p.updated_at, p.archived_at) e
             where p.contact_id = any ($3)
             union all
             select 'addresses', 'address', concat_ws(' ', a.client_id, a.contact_id, a.place, a.value),
                 jsonb_build_object('kind', (array['phone', 'e-mail', 'user name', 'site', 'postal', 'messenger'])[a.kind],
                     'value', a.value, 'main', nullif(a.is_main, false), 'of_contact', (
                         select nullif(p.name, '') from crm.contact p where p.contact_id = a.contact_id),
                     'from_a_dialog', nullif(a.contact_point_id is not null, false))
             from crm.address a where a.client_id = any ($2)
             union all
             select 'contracts', '', t.contract_id::text, to_jsonb(e) from crm.contract t cross join lateral (
                 select nullif(t.number, '') as number, t.signed_on, t.currency, nullif(t.comment, '') as comment,
                     (select name from named where entry_id = t.organisation_id) as organisation, t.created_at) e
             where t.client_id = any ($2)
             union all
             select 'own fields', 'custom_value', v.object_id::text || f.name, jsonb_build_object('field', f.name,
                 'of_contact', (select nullif(p.name, '') from crm.contact p where p.contact_id = v.object_id),
                 'value', coalesce(to_jsonb(v.text_value), to_jsonb(v.number_value), to_jsonb(v.date_value), to_jsonb(v.yes_value),
                     (select o -> 'name' from jsonb_array_elements(f.options) o where o ->> 'option_id' = v.id_value::text),
                     (select to_jsonb(name) from named where entry_id = v.id_value), to_jsonb('another record'::text)))
             from crm.custom_value v join crm.custom_field f using (field_id) where v.object_id = any ($2 || $3)),
         numbered as (select *, row_number() over (partition by area order by at) - 1 as n from entry)
         insert into crm.personal_export_part (export_id, ordinal, name, kind, records, body)
         select $1, row_number() over (order by area, n / 500),
             'card/' || area || case when n / 500 > 0 then '-' || n / 500 + 1 else '' end || '.json', min(kind), count(*),
             convert_to(jsonb_pretty(jsonb_agg(jsonb_strip_nulls(entry) order by n)), 'UTF8')
         from numbered group by area, n / 500",
        export,
        &subject.clients,
        &subject.contacts
    )
    .execute(db)
    .await?;
    Ok(())
}

/// What was: changes, leads, consents, links without whom they are to, visits of sites, forms left by browsers that
/// nobody knows, merges, rows of imports, what was set by hand. Of a form with an address that is somebody else's, too, what was
/// typed is left out: it may be their name.
async fn past(db: &mut PgConnection, export: Uuid, subject: &Subject) -> sqlx::Result<()> {
    sqlx::query!(
        "with entry(area, kind, at, entry) as (
             select 'history', 'change', to_char(h.change_id, '0000000000000000000'), jsonb_build_object('at', h.at,
                 'field', coalesce((select f.name from crm.custom_field f where f.field_id = h.field_id), h.field),
                 'of_contact', (select nullif(p.name, '') from crm.contact p where p.contact_id = h.contact_id),
                 'before', h.old_values, 'after', h.new_values)
             from crm.field_change h where h.client_id = any ($2)
             union all
             select 'leads', 'lead', l.lead_id::text, to_jsonb(e) from crm.lead l cross join lateral (
                 select l.name, nullif(l.company_name, '') as company, nullif(l.surname, '') as surname,
                     nullif(l.given_name, '') as given_name, nullif(l.patronymic, '') as patronymic,
                     nullif(l.channel, '') as channel, nullif(l.source, '') as source, nullif(l.comment, '') as comment,
                     (array['new', 'repeated', 'converted', 'repeated, processed', 'declined'])[l.state] as state,
                     nullif(l.decline_reason, '') as decline_reason, l.unsubscribed, l.created_at, l.updated_at,
                     (select jsonb_agg(jsonb_build_object('kind',
                         (array['phone', 'e-mail', 'user name', 'site', 'postal', 'messenger'])[a.kind], 'value', a.value)
                         order by a.place) from crm.lead_address a where a.lead_id = l.lead_id) as addresses,
                     (select jsonb_agg(jsonb_build_object('at', h.at, 'field', h.field, 'before', h.old_values,
                         'after', h.new_values) order by h.change_id)
                         from crm.lead_change h where h.lead_id = l.lead_id) as history) e
             where l.lead_id = any ($3)
             union all
             select 'consents', 'consent', o.on_date::text || o.consent_id, jsonb_build_object('on', o.on_date,
                 'what', case when o.given then 'given' else 'withdrawn' end,
                 'purpose', (select e.name from crm.directory_entry e where e.entry_id = o.purpose_id),
                 'by', (select e.name from crm.directory_entry e where e.entry_id = o.means_id),
                 'of_contact', (select nullif(p.name, '') from crm.contact p where p.contact_id = o.contact_id),
                 'wording', nullif(o.wording, ''), 'version', nullif(o.version, ''), 'document', nullif(o.document, ''),
                 'noted_at', o.noted_at, 'entered_by_mistake_at', o.annulled_at)
             from crm.consent o where o.client_id = any ($2)
             union all
             select 'links', 'link', k.link_id::text, jsonb_build_object(
                 'what', (select e.name from crm.directory_entry e where e.entry_id = k.kind_id), 'from', k.linked_from,
                 'until', k.linked_until, 'note', nullif(k.note, ''), 'to', 'another client, left out')
             from crm.client_link k where k.client_id = any ($2) or k.other_id = any ($2)
             union all
             select 'visits', 'visit', v.started_at::text || v.visit_id, jsonb_build_object('from', v.started_at,
                 'until', v.last_at, 'agreed_at', v.agreed_at, 'came_from', nullif(v.referrer_host, ''), 'marks', v.marks,
                 'steps', (select jsonb_agg(jsonb_strip_nulls(jsonb_build_object('at', s.at, 'page', s.path,
                     'title', nullif(s.title, ''), 'seconds', s.seconds, 'name', nullif(s.name, ''),
                     'left_name', nullif(s.left_name, ''), 'left_phone', nullif(s.left_phone, ''),
                     'left_email', nullif(s.left_email, ''))) order by s.at)
                     from crm.visit_step s where s.visit_id = v.visit_id))
             from crm.visit v where v.contact_point_id = any ($5)
             union all
             select 'forms', 'form', s.at::text || s.step_id, jsonb_build_object('at', s.at, 'page', s.path,
                 'name', nullif(s.name, '')) || case when o.others then '{}' else jsonb_build_object(
                 'left_name', nullif(s.left_name, ''), 'left_phone', nullif(s.left_phone, ''),
                 'left_email', nullif(s.left_email, '')) end
             from crm.left_of($2, $6, $3) s
             cross join lateral (select exists (
                 select from crm.address a where (a.kind, a.normalized) in ((1, s.left_phone), (2, s.left_email))
                   and not a.client_id = any ($2)
                 union all
                 select from crm.lead_address a where (a.kind, a.normalized) in ((1, s.left_phone), (2, s.left_email))
                   and not a.lead_id = any ($3)) as others) o
             union all
             select 'merged cards', '', m.merge_id::text, jsonb_build_object('at', m.merged_at,
                 'before', m.fields_before, 'after', m.fields_after)
             from crm.merge m where m.merge_id = any ($4) and m.undone_at is null
             union all
             select 'imported rows', '', r.import_id::text || to_char(r.row_number, '0000000000'), jsonb_build_object(
                 'file', i.file_name, 'row', r.row_number, 'cells', r.cells)
             from crm.import_row r join crm.import i using (import_id) where r.client_id = any ($2)
             union all
             select 'potential set by hand', '', o.client_id::text, jsonb_build_object('at', o.set_at, 'amount', o.amount,
                 'reason', o.reason, 'until', o.ends_on)
             from crm.potential_override o where o.client_id = any ($2)),
         numbered as (select *, row_number() over (partition by area order by at) - 1 as n from entry)
         insert into crm.personal_export_part (export_id, ordinal, name, kind, records, body)
         select $1, coalesce((select max(ordinal) from crm.personal_export_part where export_id = $1), 0)
                 + row_number() over (order by area, n / 500),
             area || case when n / 500 > 0 then '-' || n / 500 + 1 else '' end || '.json', min(kind), count(*),
             convert_to(jsonb_pretty(jsonb_agg(jsonb_strip_nulls(entry) order by n)), 'UTF8')
         from numbered group by area, n / 500",
        export,
        &subject.clients,
        &subject.leads,
        &subject.merges,
        &subject.points,
        &subject.contacts
    )
    .execute(db)
    .await?;
    Ok(())
}

async fn photos(db: &mut PgConnection, export: Uuid, subject: &Subject) -> sqlx::Result<()> {
    sqlx::query!(
        "insert into crm.personal_export_part (export_id, ordinal, name, kind, records, body)
         select $1, coalesce((select max(ordinal) from crm.personal_export_part where export_id = $1), 0)
                 + row_number() over (order by object_id),
             'card/photo-' || row_number() over (order by object_id) || '.'
                 || coalesce(substring(content_type from '^image/([a-z]+)$'), 'bin'),
             'photo', 1, bytes
         from crm.photo where object_id = any ($2)",
        export,
        &subject.clients
    )
    .execute(db)
    .await?;
    Ok(())
}
