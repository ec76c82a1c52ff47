-- Everything router owns. Enum columns hold the numbers of okno.inbox.v1 and okno.channel.v1.
set lock_timeout = '2s';

-- Where each part of IN is read up to. The row moves inside the batch's own transaction (the cursor).
create table inbox.part (
    part int primary key,
    sequence bigint not null default 0,
    key text not null default '',        -- of the fact at `sequence`, to notice another stream
    owner uuid,                          -- the worker that holds it
    backend_pid int,                     -- its session, which a successor terminates
    lease_until timestamptz not null default '-infinity'
);

create table inbox.account (
    account_id uuid primary key,
    channel text not null,
    name text not null,
    revision bigint not null default 1,
    part int not null default 0,
    enabled bool not null default true,
    is_request_source bool not null default true,
    settings jsonb not null default '{}',        -- secrets are not among them
    secrets_key_id text not null default '',
    secrets bytea not null default '',           -- sealed for (channel, account)
    secret_hints jsonb not null default '{}',    -- name -> last four characters
    assignment_method smallint not null default 1,
    assignment_employees uuid[] not null default '{}',
    department_id uuid,
    reopen_window_hours int not null default 24,
    -- A little before now: providers' clocks differ, and their dates are whole seconds.
    live_since timestamptz not null default now() - interval '5 min',
    created_at timestamptz not null default now(),
    deleted_at timestamptz
);

-- Apart from `account`, for it changes with every batch.
create table inbox.account_state (
    account_id uuid primary key,
    health smallint not null default 0,
    problem text not null default '',
    remedy_key text not null default '',
    identity text not null default '',
    last_event_at timestamptz,
    last_error_at timestamptz,
    usual_gap_s double precision not null default 0,  -- moving mean of the gaps between facts
    silent bool not null default false
) with (fillfactor = 70);

-- Who is next in a round robin.
create table inbox.rotation (
    account_id uuid primary key,
    next int not null default 0
);

-- What decides whether a fact is new. Partitioned by the provider's date.
create table inbox.received (
    sent_on date not null,
    account_id uuid not null,
    key text not null,
    at timestamptz not null default now(),
    part int not null,
    stream_sequence bigint not null,
    primary key (sent_on, account_id, key)
) partition by range (sent_on);
create table inbox.received_default partition of inbox.received default;

create table inbox.contact_point (
    contact_point_id uuid primary key,
    channel text not null,
    scope text not null,
    address text not null,
    display_name text not null default '',
    aliases jsonb not null default '[]',         -- [{"kind": 1, "value": "..."}]
    language text not null default '',
    avatar_ref text not null default '',
    first_source bytea,                          -- okno.channel.v1.Source
    created_at timestamptz not null default now(),
    unique (channel, scope, address)
);

create table inbox.conversation (
    conversation_id uuid primary key,
    account_id uuid not null,
    contact_point_id uuid not null,
    thread_key text not null,                    -- the adapter's, or 'cp:<contact_point_id>'
    reply_address text not null default '',
    revision bigint not null default 1,
    last_seq bigint not null default 0,
    inbound_count bigint not null default 0,     -- what readers' marks are subtracted from
    last_group_key text not null default '',     -- a group counts once
    last_message_id uuid,
    last_direction smallint not null default 0,
    last_kind smallint not null default 0,
    last_status smallint not null default 0,
    last_attachment_kind smallint not null default 0,
    last_text text not null default '',
    last_shown_at timestamptz,
    last_activity_at timestamptz not null default now(),
    reply_until timestamptz,
    blocked bool not null default false,
    -- Of the current request, else of the last one; what lists filter and events name.
    request_id uuid,
    request_open bool not null default false,
    assignee_employee_id uuid,
    department_id uuid,
    merged_into uuid,
    created_at timestamptz not null default now(),
    unique (account_id, thread_key)
) with (fillfactor = 80);
create index conversation_activity on inbox.conversation (last_activity_at desc, conversation_id desc) where merged_into is null;
create index conversation_assignee on inbox.conversation (assignee_employee_id, last_activity_at desc, conversation_id desc)
    where merged_into is null and request_open;
create index conversation_queue on inbox.conversation (department_id, last_activity_at desc, conversation_id desc)
    where merged_into is null and request_open and assignee_employee_id is null;
create index conversation_contact_point on inbox.conversation (contact_point_id);

create table inbox.message (
    conversation_id uuid not null,
    seq bigint not null,                         -- order of arrival
    message_id uuid not null,
    account_id uuid not null,
    shown_at timestamptz not null,
    position bigint not null default 0,
    direction smallint not null,
    kind smallint not null,
    status smallint not null default 0,
    text text not null default '',
    content bytea not null default '',           -- okno.channel.v1.Content without text and attachments
    group_key text not null default '',
    message_key text not null default '',        -- the provider's
    inbound_no bigint,                           -- null: does not count as unread
    author_employee_id uuid,
    author_name text not null default '',
    reply_to_message_id uuid,
    failure bytea,                               -- okno.channel.v1.Failure
    not_before timestamptz,
    retry_at timestamptz,
    attempt int not null default 0,
    nonce text not null default '',
    claimed_at timestamptz,
    edited_at timestamptz,
    deleted_at timestamptz,
    reactions text[] not null default '{}',
    mentions uuid[] not null default '{}',
    event bytea,                                 -- okno.inbox.v1.MessageEvent
    sent_again_as uuid,
    original_unknown bool not null default false,
    part int,
    stream_sequence bigint,
    created_at timestamptz not null default now(),
    primary key (conversation_id, seq)
) with (fillfactor = 90);
create index message_id on inbox.message (message_id);
create index message_thread on inbox.message (conversation_id, shown_at, position, seq);
create index message_open on inbox.message (conversation_id) where status in (1, 2, 3);

create table inbox.message_version (
    message_id uuid not null,
    until timestamptz not null,
    text text not null,
    content bytea not null,
    primary key (message_id, until)
);

create table inbox.attachment (
    attachment_id uuid primary key,
    message_id uuid not null,
    conversation_id uuid not null,
    account_id uuid not null,
    ordinal int not null,
    kind smallint not null,
    name text not null default '',
    mime_type text not null default '',
    size_bytes bigint not null default 0,
    width int not null default 0,
    height int not null default 0,
    duration_ms int not null default 0,
    remote_ref text not null default '',
    object_key text not null default '',
    thumbnail_object_key text not null default '',
    state smallint not null,
    problem text not null default ''
);
create index attachment_message on inbox.attachment (message_id, ordinal);

-- The provider's names of messages.
create table inbox.reference (
    account_id uuid not null,
    key text not null,
    conversation_id uuid not null,
    message_id uuid not null,
    primary key (account_id, key)
);
create index reference_message on inbox.reference (message_id);

-- Facts that refer to a message that is not known yet.
create table inbox.early (
    account_id uuid not null,
    waits_for text not null,                     -- a message key
    key text not null,                           -- of the fact
    fact bytea not null,
    received_at timestamptz not null default now(),
    primary key (account_id, waits_for, key)
);

create table inbox.dead_letter (
    dead_letter_id uuid primary key,
    account_id uuid not null,
    channel text not null,
    key text not null,
    reason text not null,
    kind text not null,                          -- 'fact': an Inbound to take again; 'raw': bytes to parse again
    raw bytea not null,
    object_key text not null default '',
    received_at timestamptz not null default now(),
    replayed_at timestamptz,
    unique (account_id, key)
);
create index dead_letter_open on inbox.dead_letter (received_at) where replayed_at is null;

create sequence inbox.request_number;
create table inbox.request (
    request_id uuid primary key,
    number bigint not null default nextval('inbox.request_number'),
    revision bigint not null default 1,
    conversation_id uuid not null,
    account_id uuid not null,
    is_current bool not null default true,
    state smallint not null,
    outcome smallint not null default 0,
    assignee_employee_id uuid,
    department_id uuid,
    received_at timestamptz not null,
    assigned_at timestamptz,
    first_opened_at timestamptz,
    first_reply_at timestamptz,
    closed_at timestamptz,
    postponed_until timestamptz,
    first_reply_due_at timestamptz,
    resolution_due_at timestamptz,
    reject_reason_id uuid,
    reject_comment text not null default '',
    previous_request_id uuid,
    decision bytea                               -- okno.inbox.v1.Decision
);
create unique index request_current on inbox.request (conversation_id) where is_current;
create index request_open on inbox.request (assignee_employee_id, received_at) where state between 1 and 4;
create index request_department on inbox.request (department_id, received_at) where state between 1 and 4;
create index request_conversation on inbox.request (conversation_id, received_at);

create table inbox.reject_reason (
    reject_reason_id uuid primary key,
    short_name text not null,
    full_name text not null,
    needs_comment bool not null default false,
    ordinal int not null
);

-- Orders to adapters, each a row until done. Sends are built from the message when they are published.
create table inbox.outgoing (
    order_id uuid primary key,
    order_seq bigint generated always as identity,
    part int not null,
    channel text not null,
    account_id uuid not null,
    lane text not null,
    kind smallint not null,                      -- field number of Order.body
    conversation_id uuid,
    message_id uuid,
    payload bytea not null default '',           -- okno.channel.v1.Order; empty for sends
    not_before timestamptz not null default '-infinity',  -- lets later ones pass
    next_at timestamptz not null default now(),  -- holds the lane; 'infinity' under a claim
    publishes int not null default 0,
    created_at timestamptz not null default now()
) with (fillfactor = 70);
create index outgoing_lane on inbox.outgoing (part, account_id, lane, order_seq);
create index outgoing_message on inbox.outgoing (message_id);

create table inbox.gateway (
    channel text primary key,
    description bytea not null,
    last_seen_at timestamptz not null
);

create table inbox.poll_position (
    account_id uuid not null,
    stream text not null,
    value text not null,
    primary key (account_id, stream)
);

create table inbox.read_mark (
    conversation_id uuid not null,
    employee_id uuid not null,
    seq bigint not null,
    inbound_no bigint not null,
    primary key (conversation_id, employee_id)
);

create table inbox.draft (
    employee_id uuid not null,
    conversation_id uuid not null,
    revision bigint not null default 1,
    text text not null,
    note_text text not null,
    file_ids uuid[] not null,
    reply_to_message_id uuid,
    updated_at timestamptz not null default now(),
    primary key (employee_id, conversation_id)
);

create table inbox.mention (
    employee_id uuid not null,
    conversation_id uuid not null,
    message_id uuid not null,
    at timestamptz not null default now(),
    seen_at timestamptz,
    primary key (employee_id, conversation_id, message_id)
);
create index mention_open on inbox.mention (employee_id, at) where seen_at is null;
create index mention_conversation on inbox.mention (conversation_id);

create table inbox.file (
    file_id uuid primary key,
    employee_id uuid not null,
    name text not null,
    mime_type text not null,
    size_bytes bigint not null,
    width int not null default 0,
    height int not null default 0,
    duration_ms int not null default 0,
    state smallint not null default 1,
    object_key text not null,
    sha256 bytea,
    created_at timestamptz not null default now()
);

-- What an idempotent call answered with, by its client-made id.
create table inbox.done_call (
    request_id uuid primary key,
    at timestamptz not null default now()
);

-- Published to crm-core (a contract; see the crate's README).
create schema if not exists inbox_read;
create view inbox_read.contact_point as
    select contact_point_id, channel, scope, address, display_name, aliases from inbox.contact_point;
create view inbox_read.event as
    select position, epoch, at, payload from inbox.event;
create view inbox_read.request as
    select request_id, conversation_id, account_id, state, outcome, assignee_employee_id, department_id, received_at, closed_at
    from inbox.request;
create view inbox_read.message as
    select message_id, conversation_id, account_id, direction, kind, shown_at, created_at from inbox.message;

insert into inbox.part (part) values (0);
