-- Letters of known clients that belong to no deal wait for whoever is responsible, until they are set aside. Only added.
set lock_timeout = '2s';
-- What the description says, where queries can read it; false until the gateway announces itself again.
alter table inbox.gateway add column letters bool not null default false;
-- Up to which inbound message the responsible person set the dialog aside; 0: never.
alter table inbox.conversation add column set_aside_no bigint not null default 0;
