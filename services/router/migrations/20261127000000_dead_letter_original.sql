-- Where what came lies by itself, and what it is: whoever looks for the reason sees it. Only added.
set lock_timeout = '2s';
alter table inbox.dead_letter
    add column original_object_key text not null default '',
    add column content_type text not null default '';
