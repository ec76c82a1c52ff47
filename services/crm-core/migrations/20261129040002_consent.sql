-- What clients and their people have agreed to. Records are only added, and marked where they were a mistake. Only added.
set lock_timeout = '2s';

create table crm.consent (
    consent_id uuid primary key,
    revision bigint not null default 1,
    client_id uuid not null references crm.client,
    contact_id uuid references crm.contact,     -- null: the client's own
    purpose_id uuid not null references crm.directory_entry,
    given bool not null,
    on_date date not null,
    means_id uuid references crm.directory_entry,
    wording text not null default '',
    version text not null default '',
    document text not null default '',
    noted_by uuid references crm.employee,
    noted_at timestamptz not null default now(),
    annulled_by uuid references crm.employee,
    annulled_at timestamptz,
    annul_reason text not null default '',
    request_sha256 bytea not null
);
create index consent_client on crm.consent (client_id, on_date desc, noted_at desc);
create index consent_contact on crm.consent (contact_id) where contact_id is not null;

-- What one begins with; administrators add and rename.
insert into crm.directory_entry (entry_id, kind, name, search_name, place, request_sha256) values
    (gen_random_uuid(), 16, 'Обработка персональных данных', 'обработка персональных данных', 0, ''),
    (gen_random_uuid(), 16, 'Рассылки', 'рассылки', 1, ''),
    (gen_random_uuid(), 17, 'Форма на сайте', 'форма на сайте', 0, ''),
    (gen_random_uuid(), 17, 'Письмо', 'письмо', 1, ''),
    (gen_random_uuid(), 17, 'На бумаге', 'на бумаге', 2, ''),
    (gen_random_uuid(), 17, 'Устно', 'устно', 3, '');
