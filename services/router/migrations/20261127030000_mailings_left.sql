-- Who left by which mailing is counted. The token of a letter stands in that letter and in its stored order's content, which staff
-- are never shown; the comment of the first migration said less.
set lock_timeout = '2s';

create index unsubscribed_mailing on inbox.unsubscribed (mailing_id) where mailing_id is not null;

comment on column inbox.mailing_recipient.token_sha256 is
    'of the last letter; the URL with the token stands in the content of its message, too, which staff are not shown';
