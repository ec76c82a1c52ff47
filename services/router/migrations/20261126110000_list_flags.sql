-- Lists of what was not sent and of who is not known: flags of the conversation, so that each has an index in the list's
-- order. Only added; what runs names its columns.
set lock_timeout = '2s';

alter table inbox.conversation
    -- The last of our messages (of those not taken back) failed, or nobody knows whether it arrived.
    add column not_sent bool not null default false,
    -- May be nobody's: whose it is stands in crm_read alone. Housekeeping takes it away where it is known to be somebody's.
    add column may_be_unidentified bool not null default true;

-- Reckons the flag anew, under the lock of the conversation: of two at once the second sees what the first has done.
create function inbox.settle_not_sent(conversation uuid) returns void language plpgsql as $$
begin
    perform from inbox.conversation c where c.conversation_id = $1 for no key update;
    update inbox.conversation c set not_sent = n.not_sent
    from (select coalesce((
              select m.status in (3, 7) and m.sent_again_as is null from inbox.message m
              where m.conversation_id = $1 and m.direction = 2 and m.kind = 1 and m.status <> 8 and m.deleted_at is null
              order by m.seq desc limit 1), false) as not_sent) n
    where c.conversation_id = $1 and c.not_sent <> n.not_sent;
end $$;
create function inbox.keep_not_sent() returns trigger language plpgsql as $$
begin
    perform inbox.settle_not_sent(new.conversation_id);
    return null;
end $$;
create trigger message_sent after insert on inbox.message
    for each row when (new.direction = 2 and new.kind = 1) execute function inbox.keep_not_sent();
create trigger message_sending after update on inbox.message
    for each row when (new.direction = 2 and new.kind = 1 and (
        (old.status in (3, 7)) is distinct from (new.status in (3, 7))
        or (old.status = 8) is distinct from (new.status = 8)
        or old.deleted_at is distinct from new.deleted_at
        or old.sent_again_as is distinct from new.sent_again_as))
    execute function inbox.keep_not_sent();
