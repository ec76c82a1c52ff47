-- What is unread by those who have read thousands of conversations and see all: kept, for a list that walks past what is
-- read takes seconds. Nobody is kept at first; housekeeping chooses them. Only added.
set lock_timeout = '2s';

create table inbox.unread_kept (
    employee_id uuid primary key,
    since timestamptz not null default now(),
    ready bool not null default false            -- `unread` holds everything of theirs
);

-- Of readers in `unread_kept`: at least what is unread. Whoever lists looks at the mark too.
create table inbox.unread (
    employee_id uuid not null,
    conversation_id uuid not null,
    primary key (employee_id, conversation_id)
);

create function inbox.keep_unread() returns trigger language plpgsql as $$
begin
    if exists (select from inbox.unread_kept) then
        insert into inbox.unread (employee_id, conversation_id)
        select k.employee_id, n.conversation_id
        from after n left join before o using (conversation_id) cross join inbox.unread_kept k
        where n.inbound_count > coalesce(o.inbound_count, 0)
        on conflict do nothing;
    end if;
    return null;
end $$;
create function inbox.keep_unread_of_new() returns trigger language plpgsql as $$
begin
    if exists (select from inbox.unread_kept) then
        insert into inbox.unread (employee_id, conversation_id)
        select k.employee_id, n.conversation_id from after n cross join inbox.unread_kept k
        where n.inbound_count > 0
        on conflict do nothing;
    end if;
    return null;
end $$;
create trigger conversation_unread after update on inbox.conversation
    referencing old table as before new table as after for each statement execute function inbox.keep_unread();
create trigger conversation_unread_new after insert on inbox.conversation
    referencing new table as after for each statement execute function inbox.keep_unread_of_new();

-- Whoever moves a mark has locked its conversation (at least for share), so that nothing arrives in between.
create function inbox.keep_marked() returns trigger language plpgsql as $$
declare
    arrived bigint;
begin
    if exists (select from inbox.unread_kept k where k.employee_id = new.employee_id) then
        select c.inbound_count into arrived from inbox.conversation c
            where c.conversation_id = new.conversation_id for share;
        if new.inbound_no >= arrived then
            delete from inbox.unread u
                where u.employee_id = new.employee_id and u.conversation_id = new.conversation_id;
        else
            insert into inbox.unread (employee_id, conversation_id) values (new.employee_id, new.conversation_id)
                on conflict do nothing;
        end if;
    end if;
    return null;
end $$;
create trigger read_mark_unread after insert or update on inbox.read_mark
    for each row execute function inbox.keep_marked();
