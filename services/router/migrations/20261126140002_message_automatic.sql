-- no-transaction
create index concurrently if not exists message_automatic on inbox.message (conversation_id, created_at) where automatic <> 0;
