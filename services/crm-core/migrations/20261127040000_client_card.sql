-- The whole card of a client: its fields, contacts, contracts, directories, custom fields, access levels and history. Only added.
set lock_timeout = '2s';

-- The short lists that cards choose from. Never deleted, only archived: whatever has an entry keeps it.
create table crm.directory_entry (
    entry_id uuid primary key,
    revision bigint not null default 1,
    kind smallint not null,             -- okno.crm.v1.DirectoryKind
    name text not null,
    search_name text not null,          -- lower case, ё as е, single spaces
    place int not null default 0,
    time_zone text,                     -- of a region: IANA, known to this PostgreSQL
    color text not null default '',
    archived_at timestamptz,
    request_sha256 bytea not null,
    created_at timestamptz not null default now()
);
create unique index directory_entry_name on crm.directory_entry (kind, search_name) where archived_at is null;
create index directory_entry_place on crm.directory_entry (kind, place, search_name, entry_id);

alter table crm.client
    add column working_name text not null default '',
    add column search_working_name text not null default '',
    add column surname text not null default '',
    add column given_name text not null default '',
    add column patronymic text not null default '',
    add column sex smallint not null default 0,             -- okno.crm.v1.Sex
    add column birthday date,
    add column remind_birthday bool not null default false,
    add column inn text not null default '',
    add column kpp text not null default '',
    add column ogrn text not null default '',
    add column okpo text not null default '',
    add column registered_on date,
    add column main_contact_id uuid,                        -- references crm.contact, below
    add column industry_id uuid references crm.directory_entry,
    add column more_industries jsonb not null default '[]',
    add column segment_id uuid references crm.directory_entry,
    add column headcount_id uuid references crm.directory_entry,
    add column workplaces_id uuid references crm.directory_entry,
    add column region_id uuid references crm.directory_entry,
    add column holding_id uuid references crm.directory_entry,
    add column importance smallint not null default 0,      -- okno.crm.v1.Importance
    add column work_status smallint not null default 0,     -- okno.crm.v1.WorkStatus
    add column solvency smallint not null default 0,        -- okno.crm.v1.Solvency
    add column relations smallint[] not null default '{}',  -- okno.crm.v1.ClientRelation
    add column unsubscribed bool not null default false,
    add column takes_surveys bool not null default false,
    add column founder bool not null default false,
    add column bank_accounts jsonb not null default '[]',
    add column extras jsonb not null default '[]',
    add column tag_ids uuid[] not null default '{}',        -- of crm.directory_entry
    add column access_level_ids uuid[] not null default '{}',
    add column updated_at timestamptz not null default now(),
    add column archived_at timestamptz,
    add column merged_into uuid references crm.client;
update crm.client set updated_at = created_at;

-- Lists page by these; the last column tells those apart that are alike in the rest.
create index client_listed_name on crm.client (search_name, client_id) where archived_at is null and merged_into is null;
create index client_listed_created on crm.client (created_at, client_id) where archived_at is null and merged_into is null;
create index client_listed_updated on crm.client (updated_at, client_id) where archived_at is null and merged_into is null;
create index client_archived on crm.client (search_name, client_id) where archived_at is not null and merged_into is null;
create index client_listed_responsible on crm.client (responsible_employee_id, search_name, client_id)
    where archived_at is null and merged_into is null;
create index client_working_name_part on crm.client using gin (search_working_name public.gin_trgm_ops);
create index client_inn on crm.client (inn text_pattern_ops) where inn <> '';
create index client_industry on crm.client (industry_id) where industry_id is not null;
create index client_segment on crm.client (segment_id) where segment_id is not null;
create index client_region on crm.client (region_id) where region_id is not null;
create index client_holding on crm.client (holding_id) where holding_id is not null;
create index client_tags on crm.client using gin (tag_ids);
create index client_access_levels on crm.client using gin (access_level_ids);
create index client_merged_into on crm.client (merged_into) where merged_into is not null;

-- The people of clients.
create table crm.contact (
    contact_id uuid primary key,
    revision bigint not null default 1,
    client_id uuid not null references crm.client,
    surname text not null default '',
    given_name text not null default '',
    patronymic text not null default '',
    name text not null,                 -- the parts in one line
    search_name text not null,          -- lower case, ё as е, single spaces
    sex smallint not null default 0,    -- okno.crm.v1.Sex
    position_id uuid references crm.directory_entry,
    role_id uuid references crm.directory_entry,
    state smallint not null default 1,  -- okno.crm.v1.ContactState
    key_person bool not null default false,
    business_owner bool not null default false,
    influences smallint[] not null default '{}',    -- okno.crm.v1.ContactInfluence
    interests text not null default '',
    birthday date,
    remind_birthday bool not null default false,
    linked_from date,
    linked_until date,
    unsubscribed bool not null default false,
    comment text not null default '',
    author_employee_id uuid references crm.employee,
    request_sha256 bytea not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    archived_at timestamptz,
    merged_into uuid references crm.contact
);
create index contact_client on crm.contact (client_id, search_name, contact_id);
create index contact_name on crm.contact (search_name, contact_id);
create index contact_name_part on crm.contact using gin (search_name public.gin_trgm_ops);

alter table crm.client add foreign key (main_contact_id) references crm.contact;

-- Days to remember of a contact, in their order.
create table crm.key_event (
    contact_id uuid not null references crm.contact on delete cascade,
    place smallint not null,
    kind_id uuid references crm.directory_entry,
    on_date date not null,
    remind_days smallint,               -- so many days before; null: no reminder
    yearly bool not null default false,
    comment text not null default '',
    primary key (contact_id, place)
);

-- Addresses of contacts stand beside those of clients; kinds and the main one of each.
alter table crm.address
    add column contact_id uuid references crm.contact,      -- null: the client's own
    add column is_main bool not null default false,
    drop constraint address_kind_check,
    add constraint address_kind_check check (kind between 1 and 6), -- okno.crm.v1.AddressKind; 3 user name, "<channel>:<name>"
    drop constraint address_client_id_kind_normalized_contact_point_id_key,
    add constraint address_once unique nulls not distinct (client_id, contact_id, kind, normalized, contact_point_id);
create unique index address_main on crm.address (client_id, contact_id, kind) nulls not distinct where is_main;
create index address_contact on crm.address (contact_id) where contact_id is not null;

create table crm.contract (
    contract_id uuid primary key,
    revision bigint not null default 1,
    client_id uuid not null references crm.client,
    number text not null default '',
    signed_on date,
    currency text not null,             -- ISO 4217
    organisation_id uuid references crm.directory_entry,
    price_kind_id uuid references crm.directory_entry,
    discount_kind_id uuid references crm.directory_entry,
    comment text not null default '',
    is_main bool not null default false,
    archived bool not null default false,
    request_sha256 bytea not null,
    created_at timestamptz not null default now(),
    check (not (is_main and archived))
);
create index contract_client on crm.contract (client_id);
create unique index contract_main on crm.contract (client_id) where is_main;

-- What a company adds to its cards.
create table crm.custom_field (
    field_id uuid primary key,
    revision bigint not null default 1,
    object smallint not null check (object in (1, 2)),  -- okno.crm.v1.FieldObject
    name text not null,
    search_name text not null,
    type smallint not null check (type between 1 and 6),    -- okno.crm.v1.FieldType
    reference smallint not null default 0,              -- okno.crm.v1.FieldReference
    directory_kind smallint not null default 0,         -- okno.crm.v1.DirectoryKind
    options jsonb not null default '[]',
    searchable bool not null default false,
    versioned bool not null default false,
    place int not null default 0,
    archived bool not null default false,
    request_sha256 bytea not null,
    created_at timestamptz not null default now()
);
create unique index custom_field_name on crm.custom_field (object, search_name) where not archived;

-- One of the values is set, by the field's type.
create table crm.custom_value (
    object_id uuid not null,            -- a client or a contact
    field_id uuid not null references crm.custom_field,
    text_value text,
    search_text text,                   -- of text_value: lower case, ё as е, single spaces
    number_value float8,
    date_value date,
    yes_value bool,
    id_value uuid,                      -- of an option, or of what a reference names
    primary key (object_id, field_id)
);
create index custom_value_text on crm.custom_value using gin (search_text public.gin_trgm_ops) where search_text is not null;
create index custom_value_number on crm.custom_value (field_id, number_value) where number_value is not null;
create index custom_value_date on crm.custom_value (field_id, date_value) where date_value is not null;
create index custom_value_yes on crm.custom_value (field_id, yes_value) where yes_value is not null;
create index custom_value_id on crm.custom_value (field_id, id_value) where id_value is not null;

create table crm.photo (
    object_id uuid primary key,         -- a client
    content_type text not null,
    bytes bytea not null
);

-- What became of versioned fields; only ever inserted into.
create table crm.field_change (
    change_id bigint generated always as identity primary key,
    client_id uuid not null references crm.client,
    contact_id uuid references crm.contact,     -- null: of the client itself
    field text not null,                -- as in an update mask
    field_id uuid references crm.custom_field,  -- with "custom_values"
    old_values text[] not null,
    new_values text[] not null,
    employee_id uuid references crm.employee,   -- null: the system
    at timestamptz not null default now()
);
create index field_change_client on crm.field_change (client_id, change_id);
create index field_change_contact on crm.field_change (contact_id, change_id) where contact_id is not null;

-- Labels on clients: whoever holds one sees the clients that have it.
create table crm.access_level (
    access_level_id uuid primary key,
    revision bigint not null default 1,
    name text not null,
    search_name text not null,
    all_clients bool not null default false,
    archived bool not null default false,
    request_sha256 bytea not null,
    created_at timestamptz not null default now()
);
create unique index access_level_name on crm.access_level (search_name) where not archived;
create table crm.access_level_employee (
    access_level_id uuid not null references crm.access_level,
    employee_id uuid not null references crm.employee,
    primary key (access_level_id, employee_id)
);
create index access_level_employee_employee on crm.access_level_employee (employee_id);
create table crm.access_level_department (
    access_level_id uuid not null references crm.access_level,
    department_id uuid not null references crm.department on delete cascade,
    primary key (access_level_id, department_id)
);
create index access_level_department_department on crm.access_level_department (department_id);

-- How the company keeps clients; one row.
create table crm.client_settings (
    one bool primary key default true check (one),
    revision bigint not null default 1,
    restricted bool not null default false,
    without_default_contract bool not null default false,
    creator_levels bool not null default false,
    versioned_client_fields text[] not null default array['name', 'responsible_employee_id', 'inn', 'kpp', 'ogrn',
        'main_contact_id', 'industry_id', 'segment_id', 'region_id', 'importance', 'work_status', 'solvency'],
    versioned_contact_fields text[] not null default array['surname', 'given_name', 'patronymic', 'position_id', 'state']
);
insert into crm.client_settings default values;

-- What an employee sees of clients, as of now: membership and roles are read here, never taken from a token, so that a move
-- counts from the next call on. A client is seen when `all_clients`, or when its responsible person is one of `employees`, or
-- when one of its access levels is one of `levels`.
create function crm.client_scope(viewer uuid)
returns table (all_clients bool, employees uuid[], levels uuid[]) language sql stable as $$
    with below as (
        -- A head: the own departments and those that one leads, with all below.
        select c.department_id
        from crm.employee e
        join crm.department_closure c on c.above_department_id in (
            select m.department_id from crm.employee_department m where m.employee_id = e.employee_id
            union select d.department_id from crm.department d where d.head_employee_id = e.employee_id)
        where e.employee_id = viewer and 'head' = any (e.roles) and not e.dismissed),
    places as (
        select department_id from below
        union select department_id from crm.employee_department where employee_id = viewer),
    held as (
        select l.access_level_id, l.all_clients from crm.access_level l
        where not l.archived and (
            exists (select from crm.access_level_employee h
                    where h.access_level_id = l.access_level_id and h.employee_id = viewer)
            or exists (select from crm.access_level_department h join places p using (department_id)
                       where h.access_level_id = l.access_level_id)))
    select exists (select from crm.employee e
                   where e.employee_id = viewer and 'administrator' = any (e.roles) and not e.dismissed)
               or not (select s.restricted from crm.client_settings s)
               or exists (select from held where held.all_clients),
           array(select viewer union select m.employee_id from crm.employee_department m join below using (department_id)),
           array(select access_level_id from held)
$$;
