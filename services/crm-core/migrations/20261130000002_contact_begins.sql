-- no-transaction
create index concurrently if not exists contact_begins on crm.contact (search_name collate "C", client_id)
    where archived_at is null and merged_into is null;
