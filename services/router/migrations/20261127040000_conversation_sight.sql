-- Published to crm-core: who sees the dialogs of a contact point, by the rules of inbox.visible. Whoever may read a dialog may
-- see whose it is.
set lock_timeout = '2s';

create view inbox_read.conversation_sight as
    select c.conversation_id, c.contact_point_id, c.owner_employee_id, c.assignee_employee_id,
           case when c.department_id is null and c.assignee_employee_id is null then a.department_id else c.department_id end
               as department_id
    from inbox.conversation c join inbox.account a using (account_id)
    where c.merged_into is null;

create view inbox_read.mention as select conversation_id, employee_id from inbox.mention;
