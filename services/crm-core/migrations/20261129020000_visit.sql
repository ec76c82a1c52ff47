-- What people do on the company's sites, as long as they agree: reported by the widget of a web chat.
set lock_timeout = '2s';

-- From coming to half an hour without anything. Whose it is follows from the contact point (rule A4): no lead and no client stands here.
create table crm.visit (
    visit_id uuid primary key default gen_random_uuid(),
    account_id uuid not null,
    guest_id uuid not null,                 -- the browser, by the number it made itself when its person agreed
    browser_visit_id uuid not null,
    channel text not null,
    scope text not null,
    address text not null,                  -- of the contact point that the browser has proven to be; '': nobody known yet
    contact_point_id uuid,                  -- null also until router has it
    agreed_at timestamptz not null,
    started_at timestamptz not null,
    last_at timestamptz not null,
    referrer_host text not null,
    marks jsonb not null,
    device smallint not null,               -- okno.channel.v1.VisitDevice
    unique (account_id, guest_id, browser_visit_id, address)
);
create index visit_point on crm.visit (contact_point_id, started_at) where contact_point_id is not null;
create index visit_pending on crm.visit (last_at) where contact_point_id is null and address <> '';
create index visit_age on crm.visit (last_at);

create table crm.visit_step (
    account_id uuid not null,
    guest_id uuid not null,
    step_id uuid not null,                  -- by the browser
    visit_id uuid not null references crm.visit on delete cascade,
    at timestamptz not null,
    kind smallint not null,                 -- okno.channel.v1.VisitStepKind
    path text not null,
    search_text text not null,              -- as rules compare it
    title text not null,
    seconds int not null,
    name text not null,
    primary key (account_id, guest_id, step_id)
);
create index visit_step_visit on crm.visit_step (visit_id, at);

-- Who took their consent back: what is still on its way is not taken. A number that a browser made by chance, kept a few days.
create table crm.guest_gone (
    account_id uuid not null,
    guest_id uuid not null,
    at timestamptz not null,
    primary key (account_id, guest_id)
);
create index guest_gone_at on crm.guest_gone (at);

-- How far VISITS has been read; it moves in the transaction that stores what was read.
create table crm.visit_cursor (
    one bool primary key default true check (one),
    stream text not null default '',        -- when the stream was made: another value is another stream
    sequence bigint not null default 0
);
insert into crm.visit_cursor default values;

alter table crm.lead_settings add column keep_visits_months smallint not null default 6 check (keep_visits_months between 1 and 36);

create view crm.feed_site_visit as
    select l.client_id as anchor_id, v.visit_id as entry_id, v.started_at as at, 6::smallint as kind, 1::smallint as state,
           null::uuid as employee_id,
           coalesce((select string_agg(coalesce(nullif(s.title, ''), s.path), ' · ' order by s.at)
                     from (select * from crm.visit_step s where s.visit_id = v.visit_id and s.kind = 1 order by s.at limit 20) s), '') as text,
           false as has_files,
           jsonb_build_object('facts', jsonb_strip_nulls(jsonb_build_object(
               'pages', (select count(*)::text from crm.visit_step s where s.visit_id = v.visit_id and s.kind = 1),
               'seconds', (select coalesce(sum(s.seconds), 0)::text from crm.visit_step s where s.visit_id = v.visit_id),
               'referrer_host', nullif(v.referrer_host, ''), 'utm_source', v.marks ->> 'utm_source',
               'utm_campaign', v.marks ->> 'utm_campaign', 'device', nullif(v.device, 0)::text))) as detail
    from crm.contact_point_link l join crm.visit v using (contact_point_id);

insert into crm.feed_source (view_name, by_client, kinds, has_files, plans) values ('crm.feed_site_visit', true, '{6}', false, false);
