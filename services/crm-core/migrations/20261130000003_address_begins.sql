-- no-transaction
create index concurrently if not exists address_begins on crm.address (normalized collate "C") where kind in (1, 2);
