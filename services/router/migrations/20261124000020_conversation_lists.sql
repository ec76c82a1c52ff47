-- Who sees what, and what lists, threads and searches are read by.
set lock_timeout = '2s';

create extension if not exists pg_trgm with schema public;

-- Our own messages stand last in their thread until their receipt brings the provider's time (rule I3).
alter table inbox.message
    add column unsent bool not null generated always as (status between 1 and 3) stored,
    add column own_reaction text not null default '';
drop index inbox.message_thread;
create index message_thread on inbox.message (conversation_id, unsent, shown_at, position, seq);

-- "Read" is ordered anew while an older order of the conversation still waits.
create index outgoing_mark_read on inbox.outgoing (conversation_id) where kind = 13;

-- Since when the person waits for an answer; null: nobody waits. Kept by a trigger, for both batches and staff
-- change who wrote last.
alter table inbox.conversation add column waiting_since timestamptz;
create function inbox.keep_waiting_since() returns trigger language plpgsql as $$
begin
    if new.last_kind <> 3 then -- a line between bubbles (started, blocked) asks and answers nothing
        new.waiting_since := case when new.last_direction = 1 then coalesce(new.waiting_since, now()) end;
    end if;
    return new;
end $$;
create trigger conversation_waits before insert or update of last_direction on inbox.conversation
    for each row execute function inbox.keep_waiting_since();
create index conversation_waiting on inbox.conversation (coalesce(waiting_since, '9999-01-01 00:00:00+00'::timestamptz), conversation_id)
    where merged_into is null and request_open;

drop index inbox.conversation_assignee;
create index conversation_assignee on inbox.conversation (assignee_employee_id, last_activity_at desc, conversation_id desc)
    where merged_into is null;
create index conversation_department on inbox.conversation (department_id, last_activity_at desc, conversation_id desc)
    where merged_into is null;
create index conversation_merged on inbox.conversation (merged_into) where merged_into is not null;

-- What a person is looked for by: name, address, aliases, and the digits of phones.
alter table inbox.contact_point add column search text not null generated always as (
    translate(lower(display_name || ' ' || address || ' ' || jsonb_path_query_array(aliases, '$[*].value')::text), 'ё', 'е')
        || ' ' || regexp_replace(jsonb_path_query_array(aliases, '$[*].value')::text, '[^0-9,]', '', 'g')) stored;
create index contact_point_search on inbox.contact_point using gin (search public.gin_trgm_ops);

-- The visibility matrix, in this one place: lists, single gets and changes all read conversations through it.
-- PostgreSQL inlines it, so that conditions on it reach the table. The subqueries are arrays so that an index serves
-- every line of the condition.
--   viewer, administrator   who asks
--   own                     departments that the viewer is a member of
--   headed                  departments whose work a head sees; empty for others
-- crm_read may not be there yet: crm-core makes it.
set check_function_bodies = off;
create function inbox.visible(viewer uuid, administrator bool, own uuid[], headed uuid[])
returns setof inbox.conversation language sql stable parallel safe as $$
    select c.* from inbox.conversation c
    where c.merged_into is null and (
        administrator
        or c.assignee_employee_id = viewer
        or c.department_id = any (headed)
        or (c.department_id = any (own) and c.assignee_employee_id is null)
        -- No request yet: by the account's department.
        or (c.department_id is null and c.assignee_employee_id is null and c.account_id = any (array(
            select a.account_id from inbox.account a where a.department_id = any (own || headed))))
        or c.conversation_id = any (array(
            select m.conversation_id from inbox.mention m where m.employee_id = viewer))
        or c.contact_point_id = any (array(
            select p.contact_point_id from crm_read.contact_point_client p where p.responsible_employee_id = viewer)))
$$;
reset check_function_bodies;
