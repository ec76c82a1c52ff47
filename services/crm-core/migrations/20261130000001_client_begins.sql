-- no-transaction
create index concurrently if not exists client_begins on crm.client (search_name collate "C", client_id)
    where archived_at is null and merged_into is null;
