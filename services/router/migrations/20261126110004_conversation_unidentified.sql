-- no-transaction
create index concurrently if not exists conversation_unidentified
    on inbox.conversation (last_activity_at desc, conversation_id desc) where merged_into is null and may_be_unidentified;
