-- Published: schedules by themselves, who is there, and which contact points are somebody's. Only added; README.md of this crate describes them.
set lock_timeout = '2s';

create function crm.is_open(time_zone text, intervals int4range[], days_off date[], instant timestamptz)
returns bool language sql stable parallel safe as $$
    select (extract(isodow from local.at)::int - 1) * 1440
               + extract(hour from local.at)::int * 60 + extract(minute from local.at)::int
               <@ any (intervals)
           and local.at::date <> all (days_off)
    from (select instant at time zone time_zone as at) local
$$;

create view crm_read.schedule as select schedule_id, name, time_zone from crm.schedule;

-- Whether a schedule is open at an instant, and if not, when within 14 days it opens.
-- It opens where an interval begins. Where a clock change moves that beginning, the instants around it are tried too, and
-- of the two hours before the first that is open each minute; and each minute of the next two hours, for a clock that is
-- put back may lead into an interval once more.
create function crm_read.schedule_at(schedule uuid, instant timestamptz)
returns table (open bool, opens_at timestamptz) language sql stable parallel safe as $$
    select state.open,
           case when not state.open then (
               select min(tried.minute)
               from (
                   select generate_series(first.at - interval '2 hours', first.at, interval '1 minute') as minute
                   from (select min(begins.at) as at
                         from generate_series(0, 15) day
                         cross join unnest(s.intervals) hours
                         cross join lateral (select (instant at time zone s.time_zone)::date + day as date) local
                         cross join unnest(array['-60 min', '-30 min', '0', '30 min', '60 min']::interval[]) shift
                         cross join lateral (
                             select (local.date + make_interval(mins => lower(hours) % 1440)) at time zone s.time_zone + shift as at
                         ) begins
                         where lower(hours) / 1440 + 1 = extract(isodow from local.date)
                           and local.date <> all (s.days_off)
                           and begins.at > instant and begins.at <= instant + interval '14 days'
                           and crm.is_open(s.time_zone, s.intervals, s.days_off, begins.at)) first
                   union all
                   select date_trunc('minute', instant) + make_interval(mins => n) from generate_series(1, 120) n) tried
               where tried.minute > instant and crm.is_open(s.time_zone, s.intervals, s.days_off, tried.minute))
           end
    from crm.schedule s
    cross join lateral (select crm.is_open(s.time_zone, s.intervals, s.days_off, instant) as open) state
    where s.schedule_id = schedule
$$;

-- Whose page is open: an open page asks who it is each minute, and its session remembers that.
create view crm_read.employee_present as
    select distinct employee_id from crm.session where last_seen_at > now() - interval '3 minutes';

-- Whose are known: `contact_point_client` without the clients, which a list of the unknown does not need.
create view crm_read.identified_contact_point as select contact_point_id, client_id from crm.contact_point_link;
