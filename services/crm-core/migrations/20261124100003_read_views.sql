-- The published views. A contract like proto/: README.md of this crate describes them; only ever extended.
set lock_timeout = '2s';

-- Everyone as of an instant. A function, so that tests can ask about any time; PostgreSQL inlines it into the view,
-- so that conditions on the view reach the tables.
create function crm.employee_at(instant timestamptz)
returns table (
    employee_id uuid, name text, active bool, available bool, working bool, is_head bool, is_administrator bool
) language sql stable parallel safe as $$
    select e.employee_id,
           e.name,
           not e.dismissed,
           not e.away,
           s.schedule_id is null or (
               (extract(isodow from local.at)::int - 1) * 1440
                   + extract(hour from local.at)::int * 60 + extract(minute from local.at)::int
                   <@ any (s.intervals)
               and local.at::date <> all (s.days_off)),
           'head' = any (e.roles),
           'administrator' = any (e.roles)
    from crm.employee e
    left join crm.schedule s using (schedule_id)
    cross join lateral (select instant at time zone coalesce(s.time_zone, 'UTC') as at) local
$$;

create schema if not exists crm_read;

create view crm_read.employee as select * from crm.employee_at(now());

create view crm_read.employee_department as select employee_id, department_id from crm.employee_department;

create view crm_read.department as
    select department_id, name, parent_department_id, head_employee_id from crm.department;

create view crm_read.department_above as select department_id, above_department_id from crm.department_closure;

create view crm_read.contact_point_client as
    select l.contact_point_id, c.client_id, c.name as client_name, c.responsible_employee_id
    from crm.contact_point_link l join crm.client c using (client_id);

create view crm_read.address_client as
    select distinct a.kind, a.normalized, c.client_id, c.name as client_name, c.responsible_employee_id
    from crm.address a join crm.client c using (client_id)
    where a.kind in (1, 2);

create view crm_read.event as select position, epoch, at, payload from crm.event;
