-- People known by several addresses, conversations that turn out to be one, accounts that move to another part. Only added.
set lock_timeout = '2s';

-- Every address that names a contact point: its own, and those that the channel says are the same person's.
create table inbox.contact_address (
    channel text not null,
    scope text not null,
    address text not null,
    contact_point_id uuid not null,
    primary key (channel, scope, address)
);
create index contact_address_point on inbox.contact_address (contact_point_id);

-- The version that still runs makes contact points without naming them here. The trigger comes first: making it waits
-- for whoever is making a contact point right now.
create function inbox.name_contact_point() returns trigger language plpgsql as $$
begin
    insert into inbox.contact_address (channel, scope, address, contact_point_id)
    values (new.channel, new.scope, new.address, new.contact_point_id) on conflict do nothing;
    return null;
end $$;
create trigger contact_point_named after insert on inbox.contact_point
    for each row execute function inbox.name_contact_point();
insert into inbox.contact_address (channel, scope, address, contact_point_id)
select channel, scope, address, contact_point_id from inbox.contact_point on conflict do nothing;

alter table inbox.contact_point
    add column joined_into uuid,                 -- the contact point that stands for this one; never a joined one itself
    add column latest_address text;              -- where the person last wrote from; null: `address`
create index contact_point_joined on inbox.contact_point (joined_into) where joined_into is not null;

create or replace view inbox_read.contact_point as
    select contact_point_id, channel, scope, address, display_name, aliases, joined_into from inbox.contact_point;

-- Message keys that a message refers to and that nobody has brought yet: should one come in another conversation, the
-- two are one (rule I15). Kept 30 days.
create table inbox.awaited (
    account_id uuid not null,
    key text not null,
    conversation_id uuid not null,
    at timestamptz not null default now(),
    primary key (account_id, key, conversation_id)
);
create index awaited_at on inbox.awaited (at);

create index draft_conversation on inbox.draft (conversation_id);

-- An account on its way to another part (rule I8).
alter table inbox.account
    add column moving_to int,                    -- asked for, not done yet
    add column moved_from int,                   -- the part before this one
    add column moved_at timestamptz;
create index account_moving on inbox.account (account_id) where moving_to is not null;

-- Facts that a gateway answered for with the bus's acknowledgement alone (the named exception of the first law).
alter table inbox.account_state
    add column accepted_unconfirmed bigint not null default 0,
    add column accepted_unconfirmed_at timestamptz;
