-- The kinds of links that one begins with, where nobody made any; administrators add and rename.
set lock_timeout = '2s';

insert into crm.directory_entry (entry_id, kind, name, search_name, reverse_name, place, request_sha256)
    select gen_random_uuid(), 15, u.name, u.search_name, u.reverse_name, u.place, ''
    from (values
        ('Головная компания', 'головная компания', 'Филиал', 0),
        ('Холдинг', 'холдинг', 'Участник холдинга', 1),
        ('Партнёр', 'партнер', '', 2),
        ('Кто рекомендовал', 'кто рекомендовал', 'Кого рекомендовал', 3),
        ('Работодатель', 'работодатель', 'Сотрудник', 4),
        ('Супруг', 'супруг', '', 5)) as u(name, search_name, reverse_name, place)
    where not exists (select from crm.directory_entry e where e.kind = 15);
