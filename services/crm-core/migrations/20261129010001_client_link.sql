-- What clients are to each other. Kinds are entries of a directory, with a name for both directions.
set lock_timeout = '2s';

alter table crm.directory_entry add column reverse_name text not null default '';   -- of a kind of link; empty: as the name

create table crm.client_link (
    link_id uuid primary key,
    revision bigint not null default 1,
    kind_id uuid not null references crm.directory_entry,
    client_id uuid not null references crm.client,
    other_id uuid not null references crm.client,       -- what the kind's name says it is to client_id
    linked_from date,
    linked_until date,
    note text not null default '',
    author_employee_id uuid references crm.employee,
    request_sha256 bytea not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint client_link_self check (client_id <> other_id),
    constraint client_link_once unique nulls not distinct (kind_id, client_id, other_id, linked_from)
);
create index client_link_client on crm.client_link (client_id);
create index client_link_other on crm.client_link (other_id);

-- What is linked to a client that was merged is linked to the one that stands for it.
create function crm.link_follows_merge() returns trigger language plpgsql as $$
begin
    select coalesce(c.merged_into, c.client_id) into new.client_id
        from crm.client c where c.client_id = new.client_id for key share;
    select coalesce(c.merged_into, c.client_id) into new.other_id
        from crm.client c where c.client_id = new.other_id for key share;
    return new;
end
$$;
create trigger client_link_follows before insert or update of client_id, other_id on crm.client_link
    for each row execute function crm.link_follows_merge();

-- Links are in the history of both clients.
alter table crm.client_settings alter column versioned_client_fields set default array['name', 'responsible_employee_id', 'inn', 'kpp',
    'ogrn', 'main_contact_id', 'industry_id', 'segment_id', 'region_id', 'importance', 'work_status', 'solvency', 'links'];
update crm.client_settings set versioned_client_fields = array_append(versioned_client_fields, 'links');
