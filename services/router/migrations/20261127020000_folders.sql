-- Folders of accounts, the rules that sort new conversations into them, and runs of rules over what lies there. Only added.
set lock_timeout = '2s';

create table inbox.folder (
    folder_id uuid primary key,
    account_id uuid not null,
    kind smallint not null default 0,            -- okno.inbox.v1.FolderKind
    name text not null default '',
    parent_folder_id uuid,
    revision bigint not null default 1,
    -- Removed: what still lies in it counts as lying there, until a timer has taken it there.
    emptied_into uuid,
    created_at timestamptz not null default now()
);
create index folder_account on inbox.folder (account_id);
create unique index folder_kind on inbox.folder (account_id, kind) where kind > 0;
create index folder_emptied on inbox.folder (emptied_into) where emptied_into is not null;

-- By a trigger: whoever makes an account cannot forget them.
create function inbox.make_account_folders() returns trigger language plpgsql as $$
begin
    insert into inbox.folder (folder_id, account_id, kind) select gen_random_uuid(), new.account_id, k from generate_series(1, 3) k;
    return null;
end $$;
create trigger account_folders after insert on inbox.account for each row execute function inbox.make_account_folders();
insert into inbox.folder (folder_id, account_id, kind)
    select gen_random_uuid(), a.account_id, k from inbox.account a, generate_series(1, 3) k where a.deleted_at is null;

create table inbox.folder_rules (
    account_id uuid primary key,
    revision bigint not null default 1,
    rules bytea not null                         -- okno.inbox.v1.ListFolderRulesResponse
);

create table inbox.folder_run (
    run_id uuid primary key,
    account_id uuid not null,
    employee_id uuid not null,
    folder_ids uuid[] not null,                  -- where it looks
    rules bytea not null,                        -- as they were when it began, as in folder_rules
    conversations bigint not null,
    looked_at bigint not null default 0,
    moved bigint not null default 0,
    after_conversation_id uuid,                  -- how far it has come
    started_at timestamptz not null default now(),
    ended_at timestamptz
);
create unique index folder_run_goes_on on inbox.folder_run (account_id) where ended_at is null;
create index folder_run_started on inbox.folder_run (started_at);

-- Null: the account's inbox, where almost everything is.
alter table inbox.conversation add column folder_id uuid;
