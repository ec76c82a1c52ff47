-- Clients, their addresses, and whose a contact point is.
set lock_timeout = '2s';

create extension if not exists pg_trgm with schema public;

create table crm.client (
    client_id uuid primary key,
    revision bigint not null default 1,
    name text not null,
    search_name text not null,          -- lower case, ё as е, single spaces
    kind smallint not null check (kind in (1, 2)),      -- okno.crm.v1.ClientKind
    responsible_employee_id uuid references crm.employee,
    comment text not null default '',
    request_sha256 bytea not null,
    created_at timestamptz not null default now()
);
create index client_name on crm.client (search_name);
create index client_name_part on crm.client using gin (search_name public.gin_trgm_ops);
create index client_responsible on crm.client (responsible_employee_id);

-- A contact point of router's is at most one client's.
create table crm.contact_point_link (
    contact_point_id uuid primary key,
    client_id uuid not null references crm.client,
    linked_at timestamptz not null default now()
);
create index contact_point_link_client on crm.contact_point_link (client_id);

-- How a client is reached and recognised. What came with a contact point leaves with it.
create table crm.address (
    client_id uuid not null references crm.client,
    kind smallint not null check (kind in (1, 2, 3)),   -- 1 phone, 2 e-mail (okno.crm.v1.AddressKind); 3 user name, "<channel>:<name>"
    normalized text not null,           -- phone: digits with the country code; the others: lower case
    value text not null,                -- as typed
    contact_point_id uuid references crm.contact_point_link on delete cascade,  -- null: typed in
    place smallint not null default 0,  -- order as typed
    unique nulls not distinct (client_id, kind, normalized, contact_point_id)
);
create index address_normalized on crm.address (normalized, kind);
create index address_part on crm.address using gin (normalized public.gin_trgm_ops) where kind in (1, 2);
create index address_contact_point on crm.address (contact_point_id);
