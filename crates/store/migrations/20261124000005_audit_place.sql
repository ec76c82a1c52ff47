-- The chain follows the order in which rows are sealed, for a transaction may commit long after it took its audit_id.
set lock_timeout = '2s';

-- Null until sealed; 1, 2, 3, ... without gaps. Rows that were sealed before there were places are sealed once more.
alter table audit add column place bigint;
create unique index audit_place on audit (place) where place is not null;
create index audit_unplaced on audit (audit_id) where place is null;
