-- What an account answers by itself when nobody is there, and which messages were written so. Only added.
set lock_timeout = '2s';

alter table inbox.account add column out_of_hours_text text not null default '';  -- empty: nothing is answered
alter table inbox.message add column automatic smallint not null default 0;       -- okno.inbox.v1.Automatic
