-- Cleaning of leads by age: how it is set up, its runs, and the proof that a lead was erased.
set lock_timeout = '2s';

create table crm.lead_settings (
    one bool primary key default true check (one),
    revision bigint not null default 1,
    erase_after_months smallint check (erase_after_months between 1 and 120)    -- null: only when somebody starts it
);
insert into crm.lead_settings default values;

create table crm.lead_cleaning (
    cleaning_id uuid primary key,
    state smallint not null check (state in (1, 2)),    -- okno.crm.v1.LeadCleaningState
    months smallint not null,
    silent_since timestamptz not null,  -- leads that were last active before it are erased
    leads_total bigint not null,
    erased bigint not null default 0,
    lead_cursor uuid,                   -- looked at up to here
    employee_id uuid references crm.employee,           -- null: by itself
    started_at timestamptz not null default now(),
    ended_at timestamptz
);
create unique index lead_cleaning_running on crm.lead_cleaning ((true)) where state = 1;
create index lead_cleaning_started on crm.lead_cleaning (started_at);

-- That a lead was erased, and when; nothing about who it was.
create table crm.lead_erasure (
    lead_id uuid primary key,
    cleaning_id uuid references crm.lead_cleaning,      -- null: it was asked for
    state smallint not null,
    created_at timestamptz not null,
    active_at timestamptz not null,
    employee_id uuid references crm.employee,           -- null: by itself
    erased_at timestamptz not null default now()
);
create index lead_erasure_cleaning on crm.lead_erasure (cleaning_id);
