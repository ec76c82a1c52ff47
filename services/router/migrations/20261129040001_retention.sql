-- For how long messages are kept, by channel and account, and how far the last run of each rule has come. Only added.
set lock_timeout = '2s';

create table inbox.retention_rule (
    rule_id uuid primary key,
    channel text not null,
    account_id uuid,                    -- null: of all accounts of the channel that have no rule of their own
    months int not null check (months between 0 and 1200),  -- 0: for ever
    revision bigint not null default 1,
    set_by uuid,
    set_at timestamptz not null default now(),
    due_at timestamptz not null default now(),
    claimed_until timestamptz not null default now(),
    -- The last run.
    started_at timestamptz,
    ended_at timestamptz,
    before_at timestamptz,              -- what is older is erased
    after_id uuid not null default '00000000-0000-0000-0000-000000000000', -- of conversations: how far it is
    messages bigint not null default 0,
    conversations bigint not null default 0,
    files bigint not null default 0,
    unique nulls not distinct (channel, account_id)
);

-- What is left of a dialog says what it has lost.
alter table inbox.conversation
    add column removed_before timestamptz,
    add column removed_months int;

-- Which rule counts for an account; none: for ever.
create view inbox.account_retention as
    select a.account_id, r.rule_id, r.months
    from inbox.account a
    cross join lateral (
        select r.rule_id, r.months from inbox.retention_rule r
        where r.channel = a.channel and (r.account_id = a.account_id or r.account_id is null)
        order by r.account_id nulls last limit 1) r;
