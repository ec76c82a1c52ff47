-- no-transaction
create index concurrently if not exists visit_step_left_phone on crm.visit_step (left_phone) where left_phone <> '';
