-- no-transaction
create index concurrently if not exists conversation_owner on inbox.conversation (owner_employee_id, last_activity_at desc, conversation_id desc)
    where merged_into is null and owner_employee_id is not null;
