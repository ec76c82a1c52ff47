-- What stands below letters of an account. Only added.
set lock_timeout = '2s';

alter table inbox.account add column signature text not null default '';
