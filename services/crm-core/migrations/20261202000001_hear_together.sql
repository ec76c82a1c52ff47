-- How the names of new clients and contacts sound is kept by the statement that makes them: a spreadsheet brings a thousand with one.
set lock_timeout = '2s';

create function crm.hear_new() returns trigger language plpgsql as $$
begin
    if tg_table_name = 'client' then
        insert into crm.name_sound (owner_id, client_id, words)
            select client_id, client_id, string_to_array(crm.sound(search_name || ' ' || search_working_name), ' ') from made;
        insert into crm.sound_word (word)
            select distinct word
            from made join crm.name_sound n on n.owner_id = made.client_id cross join unnest(n.words) word
            where length(word) between 3 and 60 order by word
            on conflict do nothing;
    else
        insert into crm.name_sound (owner_id, client_id, words)
            select contact_id, client_id, string_to_array(crm.sound(search_name), ' ') from made where merged_into is null;
        insert into crm.sound_word (word)
            select distinct word
            from made join crm.name_sound n on n.owner_id = made.contact_id cross join unnest(n.words) word
            where length(word) between 3 and 60 order by word
            on conflict do nothing;
    end if;
    return null;
end
$$;

drop trigger client_sounds on crm.client;
create trigger client_sounds after update of search_name, search_working_name on crm.client
    for each row execute function crm.hear_client();
create trigger new_client_sounds after insert on crm.client referencing new table as made
    for each statement execute function crm.hear_new();

drop trigger contact_sounds on crm.contact;
create trigger contact_sounds after update of search_name, client_id, merged_into on crm.contact
    for each row execute function crm.hear_contact();
create trigger new_contact_sounds after insert on crm.contact referencing new table as made
    for each statement execute function crm.hear_new();
