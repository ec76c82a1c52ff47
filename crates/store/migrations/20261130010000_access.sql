-- Who read personal data: ids only, so that it can outlive what was read.
set lock_timeout = '2s';

create table access (
    access_id uuid primary key,
    at timestamptz not null,
    last_at timestamptz not null,
    times int not null,             -- how often it was opened; 0: only what hangs on it was read
    kind smallint not null,         -- okno.org.v1.AccessKind
    object_id uuid not null,
    employee_id uuid not null,
    by_key bool not null,
    subject_id uuid,                -- whose: crm: a client or a lead, inbox: a contact point; null: nobody's in particular
    account_id uuid                 -- of a channel
);
create index access_subject on access (subject_id, at desc, access_id desc) where subject_id is not null;
create index access_employee on access (employee_id, at desc, access_id desc);
create index access_at on access (at desc, access_id desc);
