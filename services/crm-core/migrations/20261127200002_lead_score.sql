-- The score of leads: rules of the company, and what they came to when they were last counted.
set lock_timeout = '2s';

alter table crm.lead_settings add column score_rules jsonb not null default '[]';

-- Kept for the order of lists only: what is shown is counted when it is read.
alter table crm.lead
    add column score int not null default 0,
    add column scored_revision bigint not null default 1,   -- of the settings
    add column scored_at timestamptz not null default now();
create index lead_score on crm.lead (score desc, lead_id desc);
create index lead_scored on crm.lead (scored_revision, lead_id);
