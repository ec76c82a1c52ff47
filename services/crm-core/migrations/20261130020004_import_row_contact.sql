-- no-transaction
create index concurrently if not exists import_row_contact on crm.import_row (contact_id) where contact_id is not null;
