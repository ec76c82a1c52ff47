-- Published to crm-core: when something last happened in the dialogs of a contact point, and since when it waits for an answer.
set lock_timeout = '2s';

create view inbox_read.conversation_activity as
    select conversation_id, contact_point_id, last_activity_at as active_at, waiting_since
    from inbox.conversation where merged_into is null;
