-- no-transaction
create index concurrently if not exists attachment_thumbnail
    on inbox.attachment using hash (thumbnail_object_key) where thumbnail_object_key <> '';
