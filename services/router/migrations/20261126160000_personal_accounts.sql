-- Accounts of one employee (personal mailboxes): their conversations are closed to everybody else, administrators too.
-- Only added; the function is replaced and asks for more than before.
set lock_timeout = '2s';

-- Set when the account is made and never changed: whoever could change it could read.
alter table inbox.account add column owner_employee_id uuid;
create function inbox.keep_account_owner() returns trigger language plpgsql as $$
begin
    raise exception 'the owner of account % is never changed', old.account_id using errcode = 'check_violation';
end $$;
create trigger account_owner before update of owner_employee_id on inbox.account
    for each row when (old.owner_employee_id is distinct from new.owner_employee_id)
    execute function inbox.keep_account_owner();

-- Its account's, kept beside, so that lists need no join. By a trigger: whoever makes a conversation cannot forget it.
alter table inbox.conversation add column owner_employee_id uuid;
create function inbox.keep_conversation_owner() returns trigger language plpgsql as $$
begin
    new.owner_employee_id := (select a.owner_employee_id from inbox.account a where a.account_id = new.account_id);
    return new;
end $$;
create trigger conversation_owner before insert on inbox.conversation
    for each row execute function inbox.keep_conversation_owner();

-- The visibility matrix, in this one place. A personal account's conversations are its owner's, whoever else is
-- assigned, mentioned or responsible; everything that is read or changed is found through here.
--   personal   whether the viewer's own personal accounts are in sight: not for other programs, which act for an employee,
--              and whose keys administrators make
set check_function_bodies = off;
create function inbox.visible(viewer uuid, administrator bool, own uuid[], headed uuid[], personal bool)
returns setof inbox.conversation language sql stable parallel safe as $$
    select c.* from inbox.conversation c
    where c.merged_into is null
        and (c.owner_employee_id is null or personal and c.owner_employee_id = viewer)
        and (
            administrator
            or c.owner_employee_id = viewer
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

-- For the version that knows of no personal accounts, while it still runs: it sees none.
create or replace function inbox.visible(viewer uuid, administrator bool, own uuid[], headed uuid[])
returns setof inbox.conversation language sql stable parallel safe as $$
    select * from inbox.visible(viewer, administrator, own, headed, false)
$$;
reset check_function_bodies;
