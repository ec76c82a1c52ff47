-- Personal accounts are their owners': no rule reaches them (rule A7).
set lock_timeout = '2s';

create or replace view inbox.account_retention as
    select a.account_id, r.rule_id, r.months
    from inbox.account a
    cross join lateral (
        select r.rule_id, r.months from inbox.retention_rule r
        where r.channel = a.channel and (r.account_id = a.account_id or r.account_id is null)
        order by r.account_id nulls last limit 1) r
    where a.owner_employee_id is null;
