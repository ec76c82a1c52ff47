-- Erasures of personal data: asked for, approved where they are large, carried out by every service, and kept as proof. Only added.
set lock_timeout = '2s';

create table crm.personal_settings (
    one bool primary key default true check (one),
    revision bigint not null default 1,
    approve_above bigint not null default 500 check (approve_above between 0 and 1000000)
);
insert into crm.personal_settings default values;

-- Nothing here says who the person was: no foreign key, for after a restore the client may not be there.
create table crm.erasure (
    erasure_id uuid primary key,
    state smallint not null check (state in (1, 2, 3, 4)),  -- okno.crm.v1.ErasureState
    client_id uuid not null,
    contact_point_ids uuid[] not null default '{}',         -- as far as it has come: router erases what is of these
    seen jsonb not null,                -- kind: count, as the next but one
    records bigint not null,
    erased jsonb,
    asked_by uuid,
    asked_at timestamptz not null default now(),
    approved_by uuid,
    approved_at timestamptz,
    ended_at timestamptz,
    identifiers_sha256 bytea,
    replayed bool not null default false
);
create unique index erasure_under_way on crm.erasure (client_id) where state in (1, 2);
create index erasure_asked on crm.erasure (asked_at desc, erasure_id desc);

-- Published to router: whose dialogs it has to erase, and what these people are called by in lists of mailings.
create view crm_read.erasure as
    select e.erasure_id, e.client_id, e.contact_point_ids, e.records, e.seen, e.asked_by, e.asked_at, e.approved_by, e.approved_at,
           array(select distinct a.normalized from crm.address a join crm.client c using (client_id)
                 where a.kind = 2 and (c.client_id = e.client_id or c.merged_into = e.client_id)
                 union
                 select a.normalized from crm.lead_address a join crm.lead l using (lead_id)
                     join crm.client c on c.client_id = l.client_id
                 where a.kind = 2 and (c.client_id = e.client_id or c.merged_into = e.client_id)) as emails
    from crm.erasure e where e.state = 2;
