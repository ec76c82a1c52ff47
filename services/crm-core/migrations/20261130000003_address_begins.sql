-- no-transaction
create index concurrently if not exists address_begins on crm.address (normalized collate "C", client_id) where kind in (1, 2);
