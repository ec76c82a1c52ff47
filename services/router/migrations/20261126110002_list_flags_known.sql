-- no-transaction
do $$
declare
    after uuid := '00000000-0000-0000-0000-000000000000';
    last uuid;
begin
    -- Before its index is made, for a large one that is emptied afterwards stays large. crm_read may not be there yet:
    -- then there is nobody who is known.
    if to_regclass('crm_read.identified_contact_point') is null then
        return;
    end if;
    -- 2,000 at a time, and nobody's whose conversation is being written: housekeeping comes to those.
    loop
        execute 'with looked_at as (
                     select c.conversation_id, c.contact_point_id from inbox.conversation c
                     where c.merged_into is null and c.conversation_id > $1 order by c.conversation_id limit 2000),
                 known as (
                     select c.conversation_id from inbox.conversation c
                     where c.may_be_unidentified and c.conversation_id in (
                         select l.conversation_id from looked_at l
                         join crm_read.identified_contact_point p using (contact_point_id))
                     order by c.conversation_id for no key update skip locked),
                 cleared as (
                     update inbox.conversation c set may_be_unidentified = false from known k
                     where c.conversation_id = k.conversation_id)
                 select conversation_id from looked_at order by conversation_id desc limit 1'
            into last using after;
        exit when last is null;
        commit;
        after := last;
    end loop;
end $$;
