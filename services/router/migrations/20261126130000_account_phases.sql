-- How accounts were in the last day, and their problems in Russian beside English. Only added.
set lock_timeout = '2s';

alter table inbox.account_state
    add column problem_ru text not null default '';  -- empty: there are only the provider's own words in `problem`

-- A row where it changes; housekeeping forgets what is older than a day and a half.
create table inbox.account_phase (
    account_id uuid not null,
    at timestamptz not null,
    phase smallint not null,                         -- okno.inbox.v1.AccountPhase
    problem text not null,
    problem_ru text not null,
    remedy_key text not null,
    primary key (account_id, at)
);

create function inbox.note_phase(account uuid) returns void language sql as $$
    with now_is as (
        select case when not a.enabled or s.health = 4 then 3 when s.health = 1 then 1 when s.health in (2, 3) then 2 else 0 end
                   as phase, s.problem, s.problem_ru, s.remedy_key
        from inbox.account a join inbox.account_state s using (account_id) where a.account_id = $1),
    was as (select phase, remedy_key from inbox.account_phase where account_id = $1 order by at desc limit 1)
    insert into inbox.account_phase (account_id, at, phase, problem, problem_ru, remedy_key)
    select $1, clock_timestamp(), n.phase, case n.phase when 2 then n.problem else '' end,
        case n.phase when 2 then n.problem_ru else '' end, case n.phase when 2 then n.remedy_key else '' end
    from now_is n left join was w on true
    where n.phase is distinct from coalesce(w.phase, 0) or n.phase = 2 and n.remedy_key <> w.remedy_key
    on conflict do nothing
$$;
create function inbox.keep_phase() returns trigger language plpgsql as $$
begin
    perform inbox.note_phase(new.account_id);
    return null;
end $$;
create trigger account_state_phase after update on inbox.account_state
    for each row when (old.health <> new.health or old.remedy_key <> new.remedy_key) execute function inbox.keep_phase();
create trigger account_state_phase_new after insert on inbox.account_state
    for each row when (new.health <> 0) execute function inbox.keep_phase();
create trigger account_phase after update on inbox.account
    for each row when (old.enabled <> new.enabled) execute function inbox.keep_phase();

-- How each is at this moment.
select inbox.note_phase(account_id) from inbox.account;
