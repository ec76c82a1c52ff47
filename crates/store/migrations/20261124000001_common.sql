-- What every owning schema has. Runs once per schema with search_path set to it, so the names are bare.
set lock_timeout = '2s';

-- Changes of this schema that are committed but not yet in `event`.
create table outbox (
    outbox_id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    payload bytea not null          -- okno.live.v1.Event without area, epoch, position, at
);

-- The relay's one row: its lock is the fence, its epoch names the history that positions belong to.
create table relay (
    one bool primary key default true check (one),
    epoch uuid not null default gen_random_uuid(),
    position bigint not null default 0
);
insert into relay default values;

-- Append-only, gapless, kept 30 days. Partitioned by day of `at`.
create table event (
    position bigint not null,
    at timestamptz not null,
    epoch uuid not null,
    payload bytea not null,
    primary key (position, at)
) partition by range (at);
create table event_default partition of event default;

-- Business time: deadlines, re-dispatch, hand-over. Taken with `for update skip locked`.
create table timer (
    timer_id bigint generated always as identity primary key,
    kind text not null,
    key text not null,              -- one timer per (kind, key): scheduling again moves it
    due_at timestamptz not null,
    payload jsonb not null default '{}',
    attempts int not null default 0,
    unique (kind, key)
);
create index timer_due on timer (due_at);

-- Who changed what. Only ever inserted into; a job seals it into a hash chain.
create table audit (
    audit_id bigint generated always as identity primary key,
    at timestamptz not null default now(),
    employee_id uuid,               -- null: a rule or the system
    action text not null,
    object_kind text not null,
    object_id uuid not null,
    before jsonb,
    after jsonb,
    seal bytea                      -- sha256 of the previous seal and this row; null until sealed
);
create index audit_object on audit (object_kind, object_id, audit_id);
create index audit_unsealed on audit (audit_id) where seal is null;
