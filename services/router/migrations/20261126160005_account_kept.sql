-- What a gateway has router keep for an account: sealed by it, opened by nobody here. Apart from `account`, for it changes
-- without a change of settings.
set lock_timeout = '2s';

create table inbox.account_kept (
    account_id uuid primary key,
    sealed bytea not null,
    at timestamptz not null default now()
);
