-- Letters of known clients that belong to no deal wait for whoever is responsible, until they are set aside. Only added.
set lock_timeout = '2s';
-- What the description says, where queries can read it; false until the gateway announces itself again.
alter table inbox.gateway add column letters bool not null default false;
-- The last message that a person wrote to us, no program and no history, and up to which the client's responsible has set the
-- dialog aside. What was written before these columns came counts as set aside.
alter table inbox.conversation
    add column written_seq bigint not null default 0,
    add column set_aside_seq bigint not null default 0;
