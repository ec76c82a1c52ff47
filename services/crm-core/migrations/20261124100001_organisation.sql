-- Departments, employees, schedules, sign-ins. Names are qualified: the search path is not relied on.
set lock_timeout = '2s';

create table crm.department (
    department_id uuid primary key,
    revision bigint not null default 1,
    name text not null,
    search_name text not null,          -- lower case, made by crm-core: independent of the database's locale
    parent_department_id uuid references crm.department,
    head_employee_id uuid,              -- references crm.employee, below
    request_sha256 bytea not null,      -- of the creating request: a repeat is told from another request
    created_at timestamptz not null default now(),
    check (parent_department_id <> department_id)
);
create index department_parent on crm.department (parent_department_id);
create index department_name on crm.department (search_name, department_id);

-- Every department with itself and all above it; kept by crm-core in the transaction that moves a department.
create table crm.department_closure (
    department_id uuid not null references crm.department on delete cascade,
    above_department_id uuid not null references crm.department on delete cascade,
    primary key (department_id, above_department_id)
);
create index department_closure_above on crm.department_closure (above_department_id, department_id);

create table crm.schedule (
    schedule_id uuid primary key,
    revision bigint not null default 1,
    name text not null,
    search_name text not null,
    time_zone text not null,            -- IANA; crm-core stores only what this PostgreSQL knows
    intervals int4range[] not null,     -- minutes of the week from Monday 00:00, each within one day, end excluded
    days_off date[] not null,
    request_sha256 bytea not null,
    created_at timestamptz not null default now()
);
create index schedule_name on crm.schedule (search_name, schedule_id);

create table crm.employee (
    employee_id uuid primary key,
    revision bigint not null default 1,
    name text not null,
    search_name text not null,
    login text not null unique,         -- lower case
    email text not null default '',
    roles text[] not null check (roles <@ array['operator', 'head', 'administrator']),
    schedule_id uuid references crm.schedule,
    dismissed bool not null default false,
    language text not null check (language in ('ru', 'en')),
    time_zone text not null,
    away bool not null default false,   -- the presence choice
    preferences jsonb not null default '{}',
    request_sha256 bytea not null,
    created_at timestamptz not null default now()
);
create index employee_name on crm.employee (search_name, employee_id);
create index employee_administrator on crm.employee (employee_id) where 'administrator' = any (roles);

alter table crm.department add foreign key (head_employee_id) references crm.employee;

create table crm.employee_department (
    employee_id uuid not null references crm.employee,
    department_id uuid not null references crm.department,
    primary key (employee_id, department_id)
);
create index employee_department_department on crm.employee_department (department_id);

-- What proves who signs in. Apart from `employee`, so that no query about people carries it.
create table crm.credential (
    employee_id uuid primary key references crm.employee,
    password_hash text not null,        -- argon2id, PHC
    totp_sealed bytea,                  -- in force
    totp_pending_sealed bytea,          -- given out, not confirmed yet
    totp_last_step bigint               -- codes of this step and earlier ones are used up
);

create table crm.session (
    session_id uuid primary key,
    employee_id uuid not null references crm.employee,
    secret_sha256 bytea not null unique,
    user_agent text not null,
    client_address text not null,
    created_at timestamptz not null default now(),
    last_seen_at timestamptz not null default now()
);
create index session_employee on crm.session (employee_id, session_id);
create index session_last_seen on crm.session (last_seen_at);

create table crm.api_key (
    api_key_id uuid primary key,
    employee_id uuid not null references crm.employee,  -- for whom it acts
    secret_sha256 bytea not null unique,
    name text not null,
    scopes text[] not null check (cardinality(scopes) > 0),
    created_at timestamptz not null default now(),
    expires_at timestamptz,             -- null: never
    last_used_at timestamptz
);

-- Failed sign-ins per login, known or not; a hash, for people type passwords into the wrong field.
create table crm.sign_in_failure (
    login_sha256 bytea primary key,
    failures int not null,
    last_failed_at timestamptz not null,
    locked_until timestamptz
);
create index sign_in_failure_last on crm.sign_in_failure (last_failed_at);
