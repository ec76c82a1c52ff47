-- Clients from spreadsheets: the file until it is read, its rows until 30 days after the end.
set lock_timeout = '2s';

create table crm.import (
    import_id uuid primary key,
    employee_id uuid not null references crm.employee,
    request_sha256 bytea not null,
    file_name text not null,
    state smallint not null check (state between 1 and 7),  -- okno.crm.v1.ImportState
    problem smallint not null default 0,    -- okno.crm.v1.ImportFileProblem
    size_bytes bigint not null default 0,
    format text not null default '',
    encoding text not null default '',
    separator text not null default '',
    columns jsonb not null default '[]',    -- imports::Column
    mapping jsonb not null default '{}',    -- imports::mapping::Mapping
    dry_run bool not null default false,
    rows_total bigint not null default 0,   -- with the heading
    row_cursor int not null default 0,      -- gone through up to here
    rows_done bigint not null default 0,
    rows_made bigint not null default 0,
    rows_updated bigint not null default 0,
    rows_double bigint not null default 0,
    rows_refused bigint not null default 0,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    ended_at timestamptz
);
create index import_employee on crm.import (employee_id, import_id);
create unique index import_running on crm.import (employee_id) where state = 4;

create table crm.import_part (
    import_id uuid not null references crm.import on delete cascade,
    starts_at bigint not null,              -- in the file
    bytes bytea not null,
    primary key (import_id, starts_at)
);

create table crm.import_row (
    import_id uuid not null references crm.import on delete cascade,
    row_number int not null,                -- in the file, from 1
    cells text[] not null,
    outcome smallint not null default 0,    -- okno.crm.v1.ImportOutcome
    client_id uuid,                         -- made, updated or found; no reference: its client may be erased
    other_row int,
    problems jsonb not null default '[]',
    primary key (import_id, row_number)
);
create index import_row_outcome on crm.import_row (import_id, outcome, row_number) where outcome <> 0;
create index import_row_client on crm.import_row (import_id, client_id) where client_id is not null;

create index import_row_of_client on crm.import_row (client_id) where client_id is not null;

-- What rows of a dry run are recognised by, for there is no client to find; gone with its end.
create table crm.import_key (
    import_id uuid not null references crm.import on delete cascade,
    key bigint not null,
    row_number int not null,
    primary key (import_id, key, row_number)
);
