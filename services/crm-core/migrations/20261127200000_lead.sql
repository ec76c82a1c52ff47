-- Leads: who is no client yet.
set lock_timeout = '2s';

create table crm.lead (
    lead_id uuid primary key,
    revision bigint not null default 1,
    name text not null,
    search_name text not null,          -- of name and company: lower case, ё as е, single spaces
    kind smallint not null check (kind in (1, 2)),      -- okno.crm.v1.ClientKind
    company_name text not null default '',
    surname text not null default '',
    given_name text not null default '',
    patronymic text not null default '',
    responsible_employee_id uuid constraint lead_responsible_fkey references crm.employee,
    channel text not null default '',
    source text not null default '',
    comment text not null default '',
    unsubscribed bool not null default false,
    access_level_ids uuid[] not null default '{}',
    state smallint not null check (state in (1, 2, 3, 4, 5)),   -- okno.crm.v1.LeadState
    decline_reason text not null default '',
    repeats_client_id uuid references crm.client,       -- as it was found; read through merged_into
    repeats_lead_id uuid references crm.lead on delete set null,
    client_id uuid references crm.client,               -- what it became
    contact_id uuid references crm.contact,
    merged_into uuid references crm.lead on delete set null,
    conversion_id uuid,                 -- the request that converted it ...
    conversion_sha256 bytea,            -- ... and its hash
    request_sha256 bytea not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    touched_at timestamptz not null default now(),      -- the last change by somebody
    check ((state = 3) <= (client_id is not null)),
    check (client_id is null or state in (3, 4))
);
create index lead_created on crm.lead (created_at desc, lead_id desc);
create index lead_open on crm.lead (created_at desc, lead_id desc) where state in (1, 2);
create index lead_touched on crm.lead (touched_at, lead_id);
create index lead_responsible on crm.lead (responsible_employee_id, created_at desc, lead_id desc);
create index lead_access_levels on crm.lead using gin (access_level_ids);
create index lead_name_part on crm.lead using gin (search_name public.gin_trgm_ops);
create index lead_client on crm.lead (client_id) where client_id is not null;
create index lead_repeats_client on crm.lead (repeats_client_id) where repeats_client_id is not null;
create index lead_repeats_lead on crm.lead (repeats_lead_id) where repeats_lead_id is not null;
create index lead_merged_into on crm.lead (merged_into) where merged_into is not null;

-- A contact point may be of several leads of the same person; the newest open one counts.
create table crm.lead_contact_point (
    lead_id uuid not null references crm.lead on delete cascade,
    contact_point_id uuid not null,
    linked_at timestamptz not null default now(),
    primary key (lead_id, contact_point_id)
);
create index lead_contact_point_point on crm.lead_contact_point (contact_point_id);

-- As crm.address.
create table crm.lead_address (
    lead_id uuid not null references crm.lead on delete cascade,
    kind smallint not null,
    normalized text not null,
    value text not null,
    is_main bool not null default false,
    contact_point_id uuid,              -- null: typed in
    place smallint not null default 0,
    unique nulls not distinct (lead_id, kind, normalized, contact_point_id)
);
create index lead_address_normalized on crm.lead_address (normalized, kind);
create index lead_address_part on crm.lead_address using gin (normalized public.gin_trgm_ops) where kind in (1, 2);

-- What became of its fields. Goes with it, unlike the audit, which therefore holds no values of leads.
create table crm.lead_change (
    change_id bigint generated always as identity primary key,
    lead_id uuid not null references crm.lead on delete cascade,
    field text not null,                -- as in an update mask
    old_values text[] not null,
    new_values text[] not null,
    employee_id uuid references crm.employee,           -- null: the system
    at timestamptz not null default now()
);
create index lead_change_lead on crm.lead_change (lead_id, change_id);

-- How names of leads sound, as crm.name_sound.
create table crm.lead_sound (
    lead_id uuid primary key references crm.lead on delete cascade,
    words text[] not null
);
create index lead_sound_words on crm.lead_sound using gin (words);

create function crm.hear_lead() returns trigger language plpgsql as $$
declare
    heard text[] := string_to_array(crm.sound(new.search_name), ' ');
begin
    insert into crm.lead_sound (lead_id, words) values (new.lead_id, heard)
        on conflict (lead_id) do update set words = excluded.words where lead_sound.words is distinct from excluded.words;
    insert into crm.sound_word (word)
        select distinct word from unnest(heard) word where length(word) between 3 and 60 order by word
        on conflict do nothing;
    return null;
end
$$;
create trigger lead_sounds after insert or update of search_name on crm.lead
    for each row execute function crm.hear_lead();
create trigger lead_follows before insert or update of client_id on crm.lead
    for each row when (new.client_id is not null) execute function crm.follow_merge();

-- Published: whose lead a contact point is, the newest open one first; at most one row for each.
create view crm_read.contact_point_lead as
    select distinct on (p.contact_point_id) p.contact_point_id, l.lead_id, l.name as lead_name, l.responsible_employee_id,
           l.state in (1, 2) as open
    from crm.lead_contact_point p join crm.lead l using (lead_id)
    where l.merged_into is null
    order by p.contact_point_id, l.state in (1, 2) desc, l.lead_id desc;
