-- no-transaction
create index concurrently if not exists dead_letter_account on inbox.dead_letter (account_id, received_at);
