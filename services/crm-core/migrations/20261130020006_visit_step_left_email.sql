-- no-transaction
create index concurrently if not exists visit_step_left_email on crm.visit_step (left_email) where left_email <> '';
