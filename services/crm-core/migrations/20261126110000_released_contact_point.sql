-- Contact points that were a client's and were let go: whoever keeps by itself whose are known learns of it here, in the
-- very transaction. Kept 30 days. Only added.
set lock_timeout = '2s';

create table crm.released_contact_point (
    contact_point_id uuid primary key,
    at timestamptz not null default now()
);
create index released_contact_point_at on crm.released_contact_point (at);

create view crm_read.released_contact_point as select contact_point_id, at from crm.released_contact_point;
