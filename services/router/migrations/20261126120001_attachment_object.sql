-- no-transaction
create index concurrently if not exists attachment_object on inbox.attachment using hash (object_key) where object_key <> '';
