-- How well cards are filled: what is required, what each record reaches, background recounts, figures by the day.
set lock_timeout = '2s';

-- What is required; without a row nothing is.
create table crm.quality_settings (
    only_one bool primary key default true check (only_one),
    revision bigint not null,
    company jsonb not null,             -- quality::score::Profile, as the next two
    person jsonb not null,
    contact jsonb not null
);

-- What a client reaches; kept with every change of it and by recounts.
create table crm.client_quality (
    client_id uuid primary key references crm.client on delete cascade,
    contact_percent smallint,           -- of its own record; null: nothing is required, as the next two
    portrait_percent smallint,
    percent real,                       -- with its contacts
    missing_contact text[] not null,
    missing_portrait text[] not null
);
create index client_quality_worst on crm.client_quality (percent, client_id) where percent is not null;

create table crm.contact_quality (
    contact_id uuid primary key references crm.contact on delete cascade,
    contact_percent smallint,
    portrait_percent smallint,
    percent real,
    missing_contact text[] not null,
    missing_portrait text[] not null
);

create table crm.quality_recount (
    recount_id uuid primary key,
    state smallint not null check (state in (1, 2, 3)), -- okno.crm.v1.QualityRecountState
    settings_revision bigint not null,
    clients_total bigint not null,
    clients bigint not null default 0,
    client_cursor uuid,                 -- counted up to here
    employee_id uuid references crm.employee,
    started_at timestamptz not null default now(),
    ended_at timestamptz
);
create unique index quality_recount_running on crm.quality_recount ((true)) where state = 1;
create index quality_recount_started on crm.quality_recount (started_at);

-- One row a day and subject.
create table crm.quality_day (
    scope smallint not null,            -- okno.crm.v1.QualityScope
    subject_id uuid not null,           -- nil: the company
    day date not null,
    clients bigint not null,
    percent float8 not null,
    primary key (scope, subject_id, day)
);
create index quality_day_day on crm.quality_day (day);

-- What everybody reaches now. A client counts for its responsible person, and for each of their departments and all above once.
create function crm.quality_now()
returns table (scope smallint, subject_id uuid, clients bigint, percent float8, contact_percent float8, portrait_percent float8)
language sql stable as $$
    with person as (
        select c.responsible_employee_id as employee_id, count(*) as clients,
               sum(q.percent::float8) as percents,
               sum(q.contact_percent) as contacts, count(q.contact_percent) as contact_count,
               sum(q.portrait_percent) as portraits, count(q.portrait_percent) as portrait_count
        from crm.client_quality q join crm.client c using (client_id)
        where q.percent is not null and c.archived_at is null and c.merged_into is null and c.work_status <> 3
        group by c.responsible_employee_id),
    subject as (
        select 1::smallint as scope, '00000000-0000-0000-0000-000000000000'::uuid as subject_id, person.* from person
        union all
        select 2::smallint, d.department_id, person.* from person join (
            select distinct m.employee_id, c.above_department_id as department_id
            from crm.employee_department m join crm.department_closure c using (department_id)) d using (employee_id)
        union all
        select 3::smallint, employee_id, person.* from person where employee_id is not null)
    select s.scope, s.subject_id, sum(s.clients)::bigint, sum(s.percents) / sum(s.clients)::float8,
           sum(s.contacts)::float8 / nullif(sum(s.contact_count), 0)::float8,
           sum(s.portraits)::float8 / nullif(sum(s.portrait_count), 0)::float8
    from subject s group by s.scope, s.subject_id
$$;
