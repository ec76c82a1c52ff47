-- no-transaction
create index concurrently if not exists contact_birthday on crm.contact (birthday) where birthday is not null;
