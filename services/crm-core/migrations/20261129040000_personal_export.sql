-- Exports of what is kept of one person: the order, our part of it as texts, and what was given out. Only added.
set lock_timeout = '2s';

alter table crm.personal_settings add column export_days int not null default 7 check (export_days between 1 and 90);

-- Nothing here says who the person was.
create table crm.personal_export (
    export_id uuid primary key,
    state smallint not null check (state in (1, 2, 3)),     -- okno.crm.v1.PersonalExportState
    client_id uuid not null,
    contact_point_ids uuid[] not null default '{}',         -- whose dialogs router packs
    gathered bool not null default false,                   -- our part is written: router may begin
    seen jsonb not null,                -- kind: count
    packed jsonb not null default '{}',
    size_bytes bigint not null default 0,
    asked_by uuid,
    asked_at timestamptz not null default now(),
    ready_at timestamptz,
    removed_at timestamptz,             -- of a ready one: when it will be
    downloads int not null default 0,
    downloaded_at timestamptz,
    link_sha256 bytea,                  -- of the secret in the last link
    link_employee_id uuid,
    link_until timestamptz
);
create unique index personal_export_under_way on crm.personal_export (client_id) where state = 1;
create index personal_export_asked on crm.personal_export (asked_at desc, export_id desc);
create index personal_export_client on crm.personal_export (client_id);

-- Until the whole is packed.
create table crm.personal_export_part (
    export_id uuid not null references crm.personal_export on delete cascade,
    ordinal int not null,
    name text not null,                 -- in the ZIP
    kind text not null default '',      -- as in seen; empty: not counted
    records int not null default 0,
    body bytea not null,
    primary key (export_id, ordinal)
);

-- Published to router: what it has to pack and keep. Whatever is here no longer, it removes. The addresses tell letters of the person
-- from those of others in the same thread.
create view crm_read.personal_export as
    select e.export_id, e.state = 2 as ready, e.contact_point_ids, e.asked_at,
           array(select distinct a.normalized from crm.address a join crm.client c using (client_id)
                 where a.kind = 2 and (c.client_id = e.client_id or c.merged_into = e.client_id)
                 union
                 select a.normalized from crm.lead_address a join crm.lead l using (lead_id)
                     join crm.client c on c.client_id = l.client_id
                 where a.kind = 2 and (c.client_id = e.client_id or c.merged_into = e.client_id)) as emails
    from crm.personal_export e where e.state = 1 and e.gathered or e.state = 2;
create view crm_read.personal_export_part as
    select export_id, ordinal, name, kind, records, body from crm.personal_export_part;
