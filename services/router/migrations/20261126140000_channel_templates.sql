-- The templates of accounts as their providers last listed them. Only added.
set lock_timeout = '2s';

create table inbox.channel_template (
    account_id uuid not null,
    name text not null,
    language text not null,
    approval smallint not null,                      -- okno.channel.v1.TemplateApproval
    search text not null,                            -- name and texts in small letters
    template bytea not null,                         -- okno.channel.v1.ChannelTemplate
    listed_at timestamptz not null,                  -- of the list that named it last
    primary key (account_id, name, language)
);

create table inbox.template_list (
    account_id uuid primary key,
    listed_at timestamptz,                           -- of the last list that was whole; null: none yet
    asked_at timestamptz                             -- when somebody last wanted a new one
);
