-- When somebody else has set the password last: whoever knows the new one need not be the employee. Only added.
set lock_timeout = '2s';

alter table crm.credential add column reset_at timestamptz;
