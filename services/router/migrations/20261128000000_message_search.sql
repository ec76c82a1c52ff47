-- Messages by their words, for the search over all dialogs. Filled from the events behind the inbound path; only added.
set lock_timeout = '2s';

create table inbox.message_search (
    message_id uuid primary key,
    at timestamptz not null,             -- message.shown_at
    text_hash int not null,              -- of the text that the words are of
    words tsvector not null              -- in their stems; and when it was, see inbox.month_words
);
create index message_search_words on inbox.message_search using gin (words);

-- How far the events are followed, and old messages are read, whose events are gone.
create table inbox.message_search_state (
    only_one bool primary key default true check (only_one),
    epoch uuid,
    position bigint not null default 0,
    read_through uuid not null default '00000000-0000-0000-0000-000000000000', -- message_id
    read_all bool not null default false
);
insert into inbox.message_search_state default values;

-- The words of a text. PostgreSQL's "russian" takes words of Latin letters by their English stems.
create function inbox.message_words(text text) returns tsvector language sql immutable strict parallel safe as $$
    select to_tsvector('pg_catalog.russian', left(translate(lower(text), 'ё', 'е'), 200000))
$$;

-- Its month and its year as two words that nobody writes: a search for a common word looks into the newest first.
create function inbox.month_words(at timestamptz) returns text[] language sql immutable parallel safe as $$
    select array[E'\x01m' || to_char(at at time zone 'UTC', 'YYYYMM'), E'\x01y' || to_char(at at time zone 'UTC', 'YYYY')]
$$;

-- A message that is gone is found no more, whoever takes it away.
create function inbox.forget_words() returns trigger language plpgsql as $$
begin
    delete from inbox.message_search s using gone g where s.message_id = g.message_id;
    return null;
end $$;
create trigger message_words_gone after delete on inbox.message
    referencing old table as gone for each statement execute function inbox.forget_words();
create function inbox.forget_words_of() returns trigger language plpgsql as $$
begin
    delete from inbox.message_search where message_id = new.message_id;
    return null;
end $$;
create trigger message_words_emptied after update on inbox.message
    for each row when (old.text <> '' and new.text = '' or old.deleted_at is null and new.deleted_at is not null)
    execute function inbox.forget_words_of();
