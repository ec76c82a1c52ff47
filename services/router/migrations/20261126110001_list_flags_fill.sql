-- no-transaction
do $$
declare
    ids uuid[];
    after uuid := '00000000-0000-0000-0000-000000000000';
begin
    -- 500 at a time: whoever writes into one of them waits for a moment at most.
    loop
        select array_agg(n.id order by n.id) into ids
        from (select distinct m.conversation_id as id from inbox.message m
              where m.status in (3, 7) and m.deleted_at is null and m.conversation_id > after
              order by id limit 500) n;
        exit when ids is null;
        perform inbox.settle_not_sent(id) from unnest(ids) id;
        commit;
        after := ids[cardinality(ids)];
    end loop;
end $$;
