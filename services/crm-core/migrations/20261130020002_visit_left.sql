-- What people left of themselves in forms of the site, in fields that the site marked. Goes with the step.
set lock_timeout = '2s';

alter table crm.visit_step
    add column left_name text not null default '',
    add column left_phone text not null default '',     -- digits with the country code, as crm.address.normalized
    add column left_email text not null default '';     -- lower case
