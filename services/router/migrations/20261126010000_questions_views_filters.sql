-- What visitors' questions, saved views and richer filters of lists need. Only added.
set lock_timeout = '2s';

-- When we are there for customers; null: always. Of crm-core's schedules, so without a foreign key.
alter table inbox.account add column schedule_id uuid;
create view inbox_read.account as
    select account_id, channel, name, department_id, schedule_id from inbox.account where deleted_at is null;

-- Where to write as the customer of the demo account.
create table inbox.demo (
    account_id uuid primary key,
    customer_url text not null
);

-- How many gaps `usual_gap_s` is the mean of: few say nothing yet.
alter table inbox.account_state add column gap_count int not null default 0;

-- What its owner says it is: VOICE for a recording, else 0.
alter table inbox.file add column kind smallint not null default 0;

create table inbox.view (
    view_id uuid primary key,
    revision bigint not null default 1,
    owner_employee_id uuid not null,
    name text not null,
    shared bool not null,
    base smallint not null,                      -- okno.inbox.v1.ConversationView
    sort smallint not null,                      -- okno.inbox.v1.ConversationOrder
    filter bytea not null,                       -- okno.inbox.v1.ConversationFilter
    query text not null default '',
    rank int not null default 0,
    created_at timestamptz not null default now()
);
create index view_owner on inbox.view (owner_employee_id, rank, name, view_id);
create index view_shared on inbox.view (rank, name, view_id) where shared;

-- Lists of some accounts, and of a department's accounts without requests.
create index conversation_account on inbox.conversation (account_id, last_activity_at desc, conversation_id desc)
    where merged_into is null;
-- Lists of what is open: among what is open, not among all that ever was.
create index conversation_open on inbox.conversation (last_activity_at desc, conversation_id desc)
    where merged_into is null and request_open;
-- Lists by state; and how fast an account answers.
create index request_state on inbox.request (state, conversation_id, request_id);
create index request_account on inbox.request (account_id, received_at);
create index request_deadline on inbox.request (least(first_reply_due_at, resolution_due_at))
    where state between 1 and 4 and (first_reply_due_at is not null or resolution_due_at is not null);
-- Lists of what was not sent.
create index message_not_sent on inbox.message (conversation_id, seq) where status in (3, 7) and deleted_at is null;
-- Lists of what is unread.
create index read_mark_employee on inbox.read_mark (employee_id, conversation_id) include (inbound_no);
-- What was changed since somebody last looked.
create index message_changed on inbox.message (conversation_id, greatest(edited_at, deleted_at))
    where edited_at is not null or deleted_at is not null;
