-- What browsers that nobody knows left in forms under these people's phones and e-mails: what an erasure takes out, counts and exports alike.
set lock_timeout = '2s';

-- Addresses of leads only where no client and no other lead has them.
create function crm.left_of(clients uuid[], contacts uuid[], leads uuid[]) returns setof crm.visit_step language sql stable as $$
    with known as (
        select a.kind, a.normalized from crm.address a
        where (a.client_id = any (clients) or a.contact_id = any (contacts)) and a.kind in (1, 2)
        union
        select l.kind, l.normalized from crm.lead_address l
        where l.lead_id = any (leads) and l.kind in (1, 2)
            and not exists (
                select from crm.address a
                where a.normalized = l.normalized and a.kind = l.kind and not a.client_id = any (clients))
            and not exists (
                select from crm.lead_address o
                where o.normalized = l.normalized and o.kind = l.kind and not o.lead_id = any (leads))),
    hit as (
        select s.* from known k join crm.visit_step s on s.left_phone <> '' and s.left_phone = k.normalized where k.kind = 1
        union
        select s.* from known k join crm.visit_step s on s.left_email <> '' and s.left_email = k.normalized where k.kind = 2)
    select h.* from hit h join crm.visit v using (visit_id) where v.contact_point_id is null and v.address = ''
$$;
