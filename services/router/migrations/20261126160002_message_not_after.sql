-- The latest time of a reply: what has not gone by then is called off. Only added.
set lock_timeout = '2s';

alter table inbox.message add column not_after timestamptz;
