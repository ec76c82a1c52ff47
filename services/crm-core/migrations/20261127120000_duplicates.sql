-- Doubles of clients: what a match is, how names sound, background searches, merges and their journal.
set lock_timeout = '2s';

-- One spelling for what people write in Russian and in Latin letters. Takes lower case. Step by step what
-- duplicates/sound.rs does; a test holds them together.
create function crm.sound(name text) returns text language sql immutable strict parallel safe as $$
    select btrim(regexp_replace(regexp_replace(
        replace(replace(replace(replace(replace(replace(replace(
        replace(replace(replace(replace(replace(replace(replace(
        replace(replace(replace(replace(replace(replace(replace(
        replace(replace(replace(replace(replace(replace(replace(
            translate(name, 'абвгдеёзийклмнопрстуфыэіїєyjwьъ''’`', 'abvgdeeziiklmnoprstufieiieiiv'),
        'qu', 'kv'), 'q', 'k'), 'ж', 'zh'), 'х', 'kh'), 'ц', 'ts'), 'ч', 'ch'), 'ш', 'sh'),
        'щ', 'shch'), 'ю', 'iu'), 'я', 'ia'), 'shch', 'w'), 'sch', 'w'), 'sh', 'w'), 'tch', 'j'),
        'ch', 'j'), 'zh', 'y'), 'kh', 'h'), 'tz', 'q'), 'ts', 'q'), 'ph', 'f'), 'th', 't'),
        'ck', 'k'), 'x', 'ks'), 'ce', 'qe'), 'ci', 'qi'), 'c', 'k'), 'ie', 'e'), 'io', 'e'),
        '[\x01-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f«»„“”‘’—–№…·•\u00a0]+', ' ', 'g'), '([a-z])\1+', '\1', 'g'))
$$;

-- How the names of a client and of its contacts sound; kept by triggers, so that no writer can forget it.
create table crm.name_sound (
    owner_id uuid primary key,          -- the client or the contact
    client_id uuid not null references crm.client on delete cascade,
    words text[] not null
);
create index name_sound_client on crm.name_sound (client_id);
create index name_sound_words on crm.name_sound using gin (words);

-- Every word that was ever in a name: a slip is looked for here, among far fewer than there are clients. Only added.
create table crm.sound_word (word text primary key);
create index sound_word_alike on crm.sound_word using gin (word public.gin_trgm_ops);

create function crm.hear(owner uuid, client uuid, name text) returns void language plpgsql as $$
declare
    heard text[] := string_to_array(crm.sound(name), ' ');
begin
    insert into crm.name_sound (owner_id, client_id, words) values (owner, client, heard)
    on conflict (owner_id) do update set client_id = excluded.client_id, words = excluded.words
        where (name_sound.client_id, name_sound.words) is distinct from (excluded.client_id, excluded.words);
    -- In order, so that two who add the same words wait and do not block each other.
    insert into crm.sound_word (word)
        select distinct word from unnest(heard) word where length(word) between 3 and 60 order by word
        on conflict do nothing;
end
$$;

create function crm.hear_client() returns trigger language plpgsql as $$
begin
    perform crm.hear(new.client_id, new.client_id, new.search_name || ' ' || new.search_working_name);
    return null;
end
$$;
create trigger client_sounds after insert or update of search_name, search_working_name on crm.client
    for each row execute function crm.hear_client();

create function crm.hear_contact() returns trigger language plpgsql as $$
begin
    perform crm.hear(new.contact_id, new.client_id, new.search_name);
    return null;
end
$$;
create trigger contact_sounds after insert or update of search_name, client_id on crm.contact
    for each row execute function crm.hear_contact();

insert into crm.name_sound (owner_id, client_id, words)
    select client_id, client_id, string_to_array(crm.sound(search_name || ' ' || search_working_name), ' ') from crm.client;
insert into crm.name_sound (owner_id, client_id, words)
    select contact_id, client_id, string_to_array(crm.sound(search_name), ' ') from crm.contact;
insert into crm.sound_word (word)
    select distinct word from crm.name_sound cross join unnest(words) word where length(word) between 3 and 60;

-- What counts as a match; without a row the defaults of duplicates/rules.rs.
create table crm.match_settings (
    only_one bool primary key default true check (only_one),
    revision bigint not null,
    clients jsonb not null,             -- rule: strength
    contacts jsonb not null,
    shared text[] not null,             -- normalized addresses that match nobody
    check_on_create bool not null
);

create table crm.not_duplicate (
    one_id uuid not null references crm.client,
    other_id uuid not null references crm.client,
    employee_id uuid references crm.employee,
    at timestamptz not null default now(),
    primary key (one_id, other_id),
    check (one_id < other_id)
);
create index not_duplicate_other on crm.not_duplicate (other_id);

create table crm.merge (
    merge_id uuid primary key,
    request_sha256 bytea not null,
    client_id uuid not null references crm.client,      -- the original
    other_ids uuid[] not null,
    counts jsonb not null,
    fields_before jsonb not null,       -- of the original, those that changed
    fields_after jsonb not null,
    employee_id uuid references crm.employee,
    merged_at timestamptz not null default now(),
    undone_at timestamptz
);
create index merge_client on crm.merge (client_id);
create index merge_others on crm.merge using gin (other_ids);

-- What a merge moved, row by row; kept 30 days.
create table crm.merge_journal (
    merge_id uuid not null references crm.merge,
    place bigint generated always as identity,
    reference text not null,            -- "<table>.<column>"
    from_client_id uuid not null,
    row jsonb not null,                 -- before
    dropped bool not null,              -- the original had the same
    primary key (merge_id, place)
);

create table crm.duplicate_search (
    search_id uuid primary key,
    state smallint not null check (state in (1, 2, 3)), -- okno.crm.v1.DuplicateSearchState
    rules jsonb not null,               -- as they were when it began
    clients_total bigint not null,
    clients bigint not null default 0,
    client_cursor uuid,                 -- read up to here
    key_cursor bigint,                  -- compared up to here
    pairs bigint not null default 0,
    groups bigint not null default 0,
    employee_id uuid references crm.employee,
    started_at timestamptz not null default now(),
    ended_at timestamptz
);
create unique index duplicate_search_running on crm.duplicate_search ((true)) where state < 3;
create index duplicate_search_started on crm.duplicate_search (started_at);

-- Clients meet under these; only while a search goes on.
create table crm.duplicate_key (
    search_id uuid not null references crm.duplicate_search on delete cascade,
    key bigint not null,
    client_id uuid not null,
    primary key (search_id, key, client_id)
);

create table crm.duplicate_pair (
    search_id uuid not null references crm.duplicate_search on delete cascade,
    one_id uuid not null,
    other_id uuid not null,
    rules text[] not null,
    duplicate bool not null,
    score smallint not null,
    group_id uuid,                      -- set when the search is done
    primary key (search_id, one_id, other_id)
);
create index duplicate_pair_group on crm.duplicate_pair (search_id, group_id);

create table crm.duplicate_group (
    search_id uuid not null references crm.duplicate_search on delete cascade,
    group_id uuid not null,             -- the lowest client of it
    score smallint not null,
    duplicate bool not null,
    primary key (search_id, group_id)
);
create index duplicate_group_score on crm.duplicate_group (search_id, score desc, group_id);

-- What is given to a client that was merged lands on the one that stands for it, also when the merge is being done in this very
-- moment: the lock waits for its end.
create function crm.follow_merge() returns trigger language plpgsql as $$
declare
    stands uuid;
begin
    select coalesce(c.merged_into, c.client_id) into stands
    from crm.client c where c.client_id = new.client_id for key share;
    new.client_id := coalesce(stands, new.client_id);   -- of nobody: the foreign key refuses it
    return new;
end
$$;
create trigger contact_point_link_follows before insert or update of client_id on crm.contact_point_link
    for each row execute function crm.follow_merge();
create trigger address_follows before insert or update of client_id on crm.address
    for each row execute function crm.follow_merge();
create trigger contact_follows before insert or update of client_id on crm.contact
    for each row execute function crm.follow_merge();
create trigger contract_follows before insert or update of client_id on crm.contract
    for each row execute function crm.follow_merge();
