-- What a row said before and after can be erased when a person's data are; that something was done, when and by whom stays.
set lock_timeout = '2s';

-- Of an erasure that took `before` and `after` away after the row had been sealed: its seal stays, and is checked against the record
-- of that erasure.
alter table audit add column erasure_id uuid;
create index audit_erasure on audit (erasure_id) where erasure_id is not null;
