-- Whether an employee sees a dialog, by the rules of inbox.visible, as of now. A function, so that they stand in one place.
set lock_timeout = '2s';

create function crm.sees_dialog(viewer uuid, owner uuid, assignee uuid, department uuid, mentioned bool)
returns bool language sql stable as $$
    select case when owner is not null then owner = viewer
           else mentioned
               or assignee = viewer
               or exists (select from crm.employee e where e.employee_id = viewer and 'administrator' = any (e.roles))
               or assignee is null and exists (
                   select from crm.employee_department m where m.employee_id = viewer and m.department_id = department)
               or exists (
                   select from crm.employee e
                   join crm.department_closure c on c.department_id = department
                   where e.employee_id = viewer and 'head' = any (e.roles) and (
                       c.above_department_id in (select m.department_id from crm.employee_department m
                                                 where m.employee_id = viewer)
                       or c.above_department_id in (select d.department_id from crm.department d
                                                    where d.head_employee_id = viewer)))
           end
$$;
