-- Doubles of contacts, by the same searches and merges as those of clients.
set lock_timeout = '2s';

-- Whatever may have doubles. Each branch reads one table, so that a lookup by id uses its index.
create view crm.duplicate_record as
    select 1::smallint as kind, client_id as record_id, client_id, name, merged_into, archived_at from crm.client
    union all
    select 2::smallint, contact_id, client_id, name, merged_into, archived_at from crm.contact;

create table crm.not_duplicate_contact (
    one_id uuid not null references crm.contact,
    other_id uuid not null references crm.contact,
    employee_id uuid references crm.employee,
    at timestamptz not null default now(),
    primary key (one_id, other_id),
    check (one_id < other_id)
);
create index not_duplicate_contact_other on crm.not_duplicate_contact (other_id);

create view crm.called_different as
    select one_id, other_id from crm.not_duplicate
    union all
    select one_id, other_id from crm.not_duplicate_contact;

alter table crm.match_settings add column check_contacts_on_create bool not null default false;

-- One search at a time of each kind.
alter table crm.duplicate_search add column kind smallint not null default 1; -- okno.crm.v1.DuplicateKind
drop index crm.duplicate_search_running;
create unique index duplicate_search_running on crm.duplicate_search (kind) where state < 3;

-- Of contacts: client_id is the client that the original was of.
alter table crm.merge add column contact_id uuid references crm.contact;
create index merge_contact on crm.merge (contact_id) where contact_id is not null;

-- A merge brings days together; their places may be the same.
alter table crm.key_event add column event_id uuid not null default gen_random_uuid();
alter table crm.key_event drop constraint key_event_pkey, add primary key (event_id);
create index key_event_contact on crm.key_event (contact_id, place);

create index contact_merged_into on crm.contact (merged_into) where merged_into is not null;

-- Who was merged is heard in the one that stands for them.
create or replace function crm.hear_contact() returns trigger language plpgsql as $$
begin
    if new.merged_into is null then
        perform crm.hear(new.contact_id, new.client_id, new.search_name);
    else
        delete from crm.name_sound where owner_id = new.contact_id;
    end if;
    return null;
end
$$;
drop trigger contact_sounds on crm.contact;
create trigger contact_sounds after insert or update of search_name, client_id, merged_into on crm.contact
    for each row execute function crm.hear_contact();
