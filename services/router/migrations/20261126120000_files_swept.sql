-- Files that no message names are swept away, and those of deleted messages at once. Only added.
set lock_timeout = '2s';

alter table inbox.file
    add column named bool not null default false,  -- a message has it; looked at when it is old
    add column dropped_at timestamptz;             -- nobody may name it any more; its bytes go, then the row

-- A timer removes the bytes of a message's files as soon as it is deleted.
create function inbox.drop_files() returns trigger language plpgsql as $$
begin
    insert into inbox.timer (kind, key, due_at)
    select 'files_of_deleted', new.message_id::text, now()
    where exists (select from inbox.attachment a where a.message_id = new.message_id)
    on conflict (kind, key) do update set due_at = excluded.due_at, attempts = 0;
    return null;
end $$;
create trigger message_born_deleted after insert on inbox.message
    for each row when (new.deleted_at is not null) execute function inbox.drop_files();
create trigger message_deleted after update on inbox.message
    for each row when (old.deleted_at is null and new.deleted_at is not null) execute function inbox.drop_files();
