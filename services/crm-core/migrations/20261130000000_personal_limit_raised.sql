-- Whoever raises the limit of erasures alone stays below the one before, until another administrator saves the settings.
alter table crm.personal_settings
    add column raised_by uuid,
    add column approve_above_before bigint,
    add check ((raised_by is null) = (approve_above_before is null));
