-- Rows of a spreadsheet that are contacts.
set lock_timeout = '2s';

alter table crm.import_row add column contact_id uuid; -- made, updated or found; client_id is its client. No reference, as there
