-- Erasures of persons that crm-core orders: what was done, and which facts must not come in again. Only added.
set lock_timeout = '2s';

create table inbox.erasure (
    erasure_id uuid primary key,
    contact_point_ids uuid[] not null,           -- those whose dialogs are erased
    erased jsonb not null,                       -- kind: count
    at timestamptz not null default now()
);
create view inbox_read.erasure as select erasure_id, contact_point_ids, erased, at from inbox.erasure;

-- Keys of erased facts, as hashes: what a provider or a stream brings once more is confirmed and forgotten (rule A6).
create table inbox.erased_fact (
    account_id uuid not null,
    key_sha256 bytea not null,
    primary key (account_id, key_sha256)
);

-- Erasures that the list beside the files names and the database does not: it was restored from a backup before them.
create table inbox.erasure_again (
    erasure_id uuid primary key,
    client_id uuid not null,
    contact_point_ids uuid[] not null,
    listed jsonb not null                        -- as router::erasure::list wrote it
);
create view inbox_read.erasure_again as select erasure_id, client_id, contact_point_ids, listed from inbox.erasure_again;

-- What there is of a contact point, by kind, for whoever counts before erasing.
create view inbox_read.contact_point_record as
    select c.contact_point_id, 'conversation' as kind, count(*) as records
        from inbox.conversation c where c.merged_into is null group by c.contact_point_id
    union all
    select c.contact_point_id, 'message', count(*)
        from inbox.conversation c join inbox.message m using (conversation_id) group by c.contact_point_id
    union all
    select c.contact_point_id, 'file', count(*)
        from inbox.conversation c join inbox.message m using (conversation_id)
            join inbox.attachment a using (message_id) group by c.contact_point_id
    union all
    select c.contact_point_id, 'request', count(*)
        from inbox.conversation c join inbox.request r using (conversation_id) group by c.contact_point_id;
