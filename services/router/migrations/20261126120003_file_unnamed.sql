-- no-transaction
create index concurrently if not exists file_unnamed on inbox.file (created_at) where not named;
