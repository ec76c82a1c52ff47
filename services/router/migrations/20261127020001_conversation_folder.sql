-- no-transaction
create index concurrently if not exists conversation_folder on inbox.conversation (folder_id, last_activity_at desc, conversation_id desc)
    where merged_into is null and folder_id is not null;
