-- Consents that are being asked of a provider's page, and those that were given and are not saved with an account yet.
set lock_timeout = '2s';

create table inbox.consent (
    state_sha256 bytea primary key,              -- of what the provider gives back with its answer
    employee_id uuid not null,                   -- who asked; nobody else ends it
    channel text not null,
    settings jsonb not null,
    redirect_uri text not null,
    secrets_key_id text not null,
    secrets bytea not null,                      -- sealed for the channel and no account: typed secrets, and the verifier
    given_key_id text not null default '',
    given bytea not null default '',             -- sealed in the same way: what the provider gave; empty: nothing yet
    created_at timestamptz not null default now()
);
create index consent_created on inbox.consent (created_at);
