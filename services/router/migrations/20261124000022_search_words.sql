-- People are looked for by the words of their aliases, not by the JSON that holds them: a backslash, a quote or a
-- bracket found everybody.
set lock_timeout = '2s';

create function inbox.alias_words(aliases jsonb, digits_only bool) returns text language sql immutable parallel safe as $$
    select coalesce(string_agg(case when digits_only then regexp_replace(a ->> 'value', '[^0-9]', '', 'g')
                                    else a ->> 'value' end, ' '), '')
    from jsonb_array_elements(aliases) a
$$;
alter table inbox.contact_point drop column search; -- its index goes with it
alter table inbox.contact_point add column search text not null generated always as (
    translate(lower(display_name || ' ' || address || ' ' || inbox.alias_words(aliases, false)), 'ё', 'е')
        || ' ' || inbox.alias_words(aliases, true)) stored;
create index contact_point_search on inbox.contact_point using gin (search public.gin_trgm_ops);
