-- Exports of what is kept of one person, packed piece by piece: a process that is ended costs one piece. Only added.
set lock_timeout = '2s';

create table inbox.personal_export (
    export_id uuid primary key,
    claim uuid,                         -- of whoever packs the next piece
    claimed_until timestamptz not null default now(),
    place jsonb not null,               -- where the next piece begins: router::exports::place
    packed jsonb not null default '{}', -- kind: count
    size_bytes bigint not null default 0,
    done bool not null default false
);

-- In their order these are the ZIP.
create table inbox.personal_export_piece (
    export_id uuid not null references inbox.personal_export on delete cascade,
    ordinal int not null,
    piece_id uuid not null,             -- in the object store: exports/<export_id>/<piece_id>
    size_bytes bigint not null,
    primary key (export_id, ordinal)
);

-- What the directory at the end of the ZIP says.
create table inbox.personal_export_entry (
    export_id uuid not null references inbox.personal_export on delete cascade,
    ordinal bigint not null,
    name text not null,
    method smallint not null,           -- 0 stored, 8 deflated
    crc32 bigint not null,
    packed_bytes bigint not null,
    size_bytes bigint not null,
    starts_at bigint not null,          -- in the ZIP
    primary key (export_id, ordinal)
);

-- Published to crm-core.
create view inbox_read.personal_export as
    select export_id, packed, size_bytes, done from inbox.personal_export;
create view inbox_read.personal_export_piece as
    select export_id, ordinal, piece_id, size_bytes from inbox.personal_export_piece;
