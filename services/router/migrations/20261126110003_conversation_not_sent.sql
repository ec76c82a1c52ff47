-- no-transaction
create index concurrently if not exists conversation_not_sent
    on inbox.conversation (last_activity_at desc, conversation_id desc) where merged_into is null and not_sent;
