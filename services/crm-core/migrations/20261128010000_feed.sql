-- The feed of a client: where its entries are read from, and what somebody pinned.
set lock_timeout = '2s';

-- What has a history joins with a view of these columns and a row here; the feed's code does not change.
--   anchor_id uuid         the client or the dialog that it is of
--   entry_id uuid          unique among all sources; found by index
--   at timestamptz         of a plan: when it is due. Read by anchor, newest first, by index
--   kind, state smallint   okno.crm.v1.FeedKind, FeedState
--   employee_id uuid null, text text, has_files bool
--   detail jsonb           {"facts": {name: text}, "files": [...] or null, "old_values": [...], "new_values": [...]}, each may be absent
create table crm.feed_source (
    view_name text primary key check (view_name ~ '^(crm|inbox_read)\.[a-z_]+$'),
    by_client bool not null,            -- else by dialog
    kinds smallint[] not null,          -- those it has
    has_files bool not null default false,
    plans bool not null default false
);

-- A change has no id of its own that others could name.
create function crm.feed_change_id(change bigint) returns uuid language sql immutable parallel safe as $$
    select ('00000000-0000-8000-8000-' || lpad(to_hex(change), 12, '0'))::uuid
$$;
create index field_change_feed on crm.field_change (client_id, at);
create index field_change_entry on crm.field_change (crm.feed_change_id(change_id));

create view crm.feed_change as
    select c.client_id as anchor_id, crm.feed_change_id(c.change_id) as entry_id, c.at,
           5::smallint as kind, 1::smallint as state, c.employee_id,
           array_to_string(c.old_values || c.new_values, ' ') as text, false as has_files,
           jsonb_build_object(
               'facts', jsonb_strip_nulls(jsonb_build_object(
                   'field', c.field, 'custom_field_id', c.field_id, 'contact_id', c.contact_id, 'client_id', c.client_id)),
               'old_values', to_jsonb(c.old_values), 'new_values', to_jsonb(c.new_values)) as detail
    from crm.field_change c;

insert into crm.feed_source (view_name, by_client, kinds, has_files, plans) values
    ('inbox_read.feed_message', false, '{1,2}', true, false),
    ('inbox_read.feed_unsent', false, '{1}', true, true),
    ('inbox_read.feed_request', false, '{3}', false, false),
    ('crm.feed_change', true, '{5}', false, false);

-- Each person's own. An entry is named without its client: it may become another's.
create table crm.feed_pin (
    employee_id uuid not null references crm.employee,
    entry_id uuid not null,
    pinned_at timestamptz not null default now(),
    primary key (employee_id, entry_id)
);
