-- Mailings: one template, a letter of its own for each recipient. Only added; one function is replaced and leaves out more
-- than before.
set lock_timeout = '2s';

create table inbox.mailing (
    mailing_id uuid primary key,
    revision bigint not null default 1,
    account_id uuid not null,
    series_id uuid not null,                     -- of its first run; runs of a series serve nobody twice
    after_mailing_id uuid,
    name text not null,
    subject text not null,
    text text not null,
    per_minute int not null,
    state smallint not null,                     -- okno.inbox.v1.MailingState
    author_employee_id uuid not null,
    created_at timestamptz not null default now(),
    started_at timestamptz,
    ended_at timestamptz
);
create index mailing_created on inbox.mailing (created_at desc, mailing_id desc);

create table inbox.mailing_recipient (
    mailing_id uuid not null,
    address text not null,                       -- normalized
    series_id uuid not null,
    ordinal int not null,
    name text not null,
    "values" jsonb not null,
    state smallint not null,                     -- okno.inbox.v1.MailingRecipientState
    state_at timestamptz not null default now(),
    attempt int not null default 0,              -- letters made for it
    message_id uuid,                             -- of the last letter
    conversation_id uuid,
    token_sha256 bytea,                          -- of the last letter; the token itself stands in that letter alone
    was_sent bool not null default false,        -- the server took a letter; it may have come back
    skipped_because text not null default '',
    primary key (mailing_id, address)
) with (fillfactor = 80);
create index mailing_recipient_state on inbox.mailing_recipient (mailing_id, state, ordinal);
create index mailing_recipient_order on inbox.mailing_recipient (mailing_id, ordinal);
create index mailing_recipient_address on inbox.mailing_recipient (address);
create unique index mailing_recipient_token on inbox.mailing_recipient (token_sha256) where token_sha256 is not null;
create index mailing_recipient_message on inbox.mailing_recipient (message_id) where message_id is not null;

-- Who takes no letters of mailings, of whichever account.
create table inbox.unsubscribed (
    unsubscribed_id uuid primary key,
    address text not null unique,
    at timestamptz not null default now(),
    employee_id uuid,                            -- who entered it; null: by a letter
    mailing_id uuid                              -- of that letter
);
create index unsubscribed_at on inbox.unsubscribed (at desc, unsubscribed_id desc);

-- What becomes of a letter is what becomes of its recipient: kept by a trigger, so that counting joins no messages. What was
-- delivered or read was sent; what failed after it was sent has come back.
create function inbox.keep_mailing_recipient() returns trigger language plpgsql as $$
begin
    update inbox.mailing_recipient set
        state = case when new.status in (1, 2) then 2 when new.status = 3 then 7 when new.status in (4, 5, 6) then 3
                     when new.status = 7 then 4 else 6 end,
        state_at = now(),
        was_sent = was_sent or new.status in (4, 5, 6) or old.status in (4, 5, 6),
        skipped_because = case when new.status = 8 then 'cancelled' else '' end
    where message_id = new.message_id;
    return null;
end $$;
create trigger message_of_mailing after update on inbox.message
    for each row when (new.automatic = 2 and old.status is distinct from new.status)
    execute function inbox.keep_mailing_recipient();

-- As before, but letters of mailings do not push real dialogs aside in the list of what was not sent: a mailing has its own.
create or replace function inbox.settle_not_sent(conversation uuid) returns void language plpgsql as $$
begin
    perform from inbox.conversation c where c.conversation_id = $1 for no key update;
    update inbox.conversation c set not_sent = n.not_sent
    from (select coalesce((
              select m.status in (3, 7) and m.sent_again_as is null and m.automatic <> 2 from inbox.message m
              where m.conversation_id = $1 and m.direction = 2 and m.kind = 1 and m.status <> 8 and m.deleted_at is null
              order by m.seq desc limit 1), false) as not_sent) n
    where c.conversation_id = $1 and c.not_sent <> n.not_sent;
end $$;
