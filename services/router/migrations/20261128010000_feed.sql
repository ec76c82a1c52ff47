-- Published to crm-core: what happened in dialogs, for the feed of a client. Each view has the columns that crm.feed_source asks for.
-- They are read by dialog, newest first, by indexes that are there anyhow: nothing is added to the way in.
set lock_timeout = '2s';

create function inbox.feed_detail(m inbox.message) returns jsonb language sql stable as $$
    select jsonb_build_object(
        'facts', jsonb_strip_nulls(jsonb_build_object(
            'channel', (select a.channel from inbox.account a where a.account_id = m.account_id),
            'direction', nullif(m.direction, 0)::text,
            'status', nullif(m.status, 0)::text,
            'author', nullif(m.author_name, ''),
            'seq', m.seq::text,
            'deleted', case when m.deleted_at is not null then 'true' end)),
        'files', case when m.deleted_at is null then (
            select jsonb_agg(jsonb_build_object(
                'attachment_id', f.attachment_id, 'name', f.name, 'mime_type', f.mime_type, 'size_bytes', f.size_bytes,
                'kind', f.kind, 'has_thumbnail', f.thumbnail_object_key <> '') order by f.ordinal)
            from inbox.attachment f where f.message_id = m.message_id) end)
$$;

-- Messages and notes, but for those below. One that was called off within a minute was never said. How one leaves a mailing is between
-- its letter and whom that is for.
create view inbox_read.feed_message as
    select m.conversation_id as anchor_id, m.message_id as entry_id, m.shown_at as at,
           (case m.kind when 2 then 2 else 1 end)::smallint as kind,
           (case m.status when 8 then 3 else 1 end)::smallint as state,
           m.author_employee_id as employee_id, case when m.deleted_at is null then replace(m.text, '{{unsubscribe}}', '…') else '' end as text,
           m.deleted_at is null and exists (select from inbox.attachment f where f.message_id = m.message_id) as has_files,
           inbox.feed_detail(m) as detail
    from inbox.message m
    where not m.unsent and m.kind <> 3 and (m.status <> 8 or m.not_before > m.created_at + interval '1 min');

-- What is not sent yet. To be sent later is a plan.
create view inbox_read.feed_unsent as
    select m.conversation_id as anchor_id, m.message_id as entry_id,
           case when p.is_plan then m.not_before else m.shown_at end as at,
           1::smallint as kind, (case when p.is_plan then 2 else 1 end)::smallint as state,
           m.author_employee_id as employee_id, case when m.deleted_at is null then replace(m.text, '{{unsubscribe}}', '…') else '' end as text,
           m.deleted_at is null and exists (select from inbox.attachment f where f.message_id = m.message_id) as has_files,
           inbox.feed_detail(m) as detail
    from inbox.message m
    cross join lateral (
        select coalesce(m.status = 1 and m.not_before > m.created_at + interval '1 min', false) as is_plan) p
    where m.status in (1, 2, 3);

create view inbox_read.feed_request as
    select r.conversation_id as anchor_id, r.request_id as entry_id, r.received_at as at,
           3::smallint as kind, 1::smallint as state, r.assignee_employee_id as employee_id, r.reject_comment as text,
           false as has_files,
           jsonb_build_object('facts', jsonb_strip_nulls(jsonb_build_object(
               'channel', (select a.channel from inbox.account a where a.account_id = r.account_id),
               'number', r.number::text, 'state', r.state::text, 'outcome', nullif(r.outcome, 0)::text,
               'closed_at', to_char(r.closed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')))) as detail
    from inbox.request r;
