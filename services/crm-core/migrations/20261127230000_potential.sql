-- How much clients could buy: base amounts and weights of departments, what each client comes to, amounts set by hand, recounts.
set lock_timeout = '2s';

-- The product of exact numbers, exactly; of none it is 1.
create aggregate crm.product(numeric) (sfunc = pg_catalog.numeric_mul, stype = numeric, initcond = '1');

-- Without a row it was never set up, and nothing is counted.
create table crm.potential_settings (
    only_one bool primary key default true check (only_one),
    revision bigint not null,
    period smallint not null,           -- okno.crm.v1.PotentialPeriod
    fields text[] not null              -- that take part, as in the contract
);

-- What a department has of its own; without a department: what the company has, below all of them.
create table crm.potential_base (
    department_id uuid references crm.department on delete cascade,
    amount numeric not null check (amount >= 0),
    unique nulls not distinct (department_id)
);
create table crm.potential_weight (
    department_id uuid references crm.department on delete cascade,
    field text not null,
    value text not null,
    weight numeric not null check (weight >= 0),
    unique nulls not distinct (field, value, department_id)
);
create index potential_weight_department on crm.potential_weight (department_id);

-- What a client comes to; kept with every change of it and by recounts.
create table crm.client_potential (
    client_id uuid primary key references crm.client on delete cascade,
    settings_revision bigint not null,
    period smallint not null,
    department_id uuid,                 -- in which it counts; null: in the company. May be gone by now, as the next and those of factors
    base numeric,                       -- null: there is none
    base_department_id uuid,
    factors jsonb not null,             -- [{field, value, weight, department_id}], weight as text; null: none is set
    counted numeric,
    amount numeric,                     -- what was set by hand while that holds, else counted
    counted_at timestamptz not null default now()
);
create index client_potential_largest on crm.client_potential (amount desc, client_id desc) where amount is not null;

-- What somebody set by hand.
create table crm.potential_override (
    client_id uuid primary key references crm.client on delete cascade,
    amount numeric not null check (amount >= 0),
    reason text not null,
    ends_on date not null,              -- the last day of it, in UTC
    employee_id uuid references crm.employee,   -- null: the system
    set_at timestamptz not null default now()
);
create index potential_override_ends on crm.potential_override (ends_on);

create table crm.potential_recount (
    recount_id uuid primary key,
    state smallint not null check (state in (1, 2, 3)), -- okno.crm.v1.PotentialRecountState
    settings_revision bigint not null,
    clients_total bigint not null,
    clients bigint not null default 0,
    client_cursor uuid,                 -- counted up to here
    employee_id uuid references crm.employee,
    started_at timestamptz not null default now(),
    ended_at timestamptz
);
create unique index potential_recount_running on crm.potential_recount ((true)) where state = 1;
create index potential_recount_started on crm.potential_recount (started_at);
