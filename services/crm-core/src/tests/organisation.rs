use contracts::{
    errors::ErrorReason,
    org::{
        CreateEmployeeRequest, Department, Employee as EmployeeMessage, ListDepartmentsRequest, ListEmployeesRequest,
        UpdateDepartmentRequest, UpdateEmployeeRequest, department_service_server::DepartmentService as _,
        employee_service_server::EmployeeService as _,
    },
};
use model::{DepartmentId, EmployeeId, ScheduleId};
use prost_types::FieldMask;
use rpc::{Caller, reason_of};
use uuid::Uuid;

use super::world::{PASSWORD, World, actor, new_employee};
use crate::{
    change::{Actor, RequestHash, Revision},
    departments::{self, DepartmentError, DepartmentGrpc},
    employees::{
        self, EmployeeError, EmployeeGrpc,
        domain::{Patch, Role},
    },
    error::Fault,
    presence::{self, online::Online},
    schedules::{self, domain::NewSchedule},
};

fn dismiss() -> Patch {
    Patch { dismissed: Some(true), ..Patch::default() }
}

fn under(parent: DepartmentId) -> departments::domain::Patch {
    departments::domain::Patch { parent: Some(Some(parent)), ..Default::default() }
}

#[tokio::test]
async fn creating_twice_with_one_request_creates_once() {
    let world = World::start().await;
    let new = new_employee("operator1", &[Role::Operator], &[]);
    let create = |new| employees::ops::create(&world.db, &world.auth.passwords, world.admin, new, PASSWORD);
    let (first, second) = (create(new.clone()).await.unwrap(), create(new.clone()).await.unwrap());
    assert_eq!(first, second);
    assert_eq!(world.audited(first.id.0).await, ["employee.create"]);
    let other = employees::domain::NewEmployee { request: RequestHash::of(b"another"), ..new };
    assert!(matches!(create(other).await, Err(EmployeeError::Fault(Fault::RequestReused))));
    let taken = create(new_employee("OPERATOR1", &[Role::Operator], &[])).await;
    assert!(matches!(taken, Err(EmployeeError::LoginTaken)));
}

#[tokio::test]
async fn parallel_repeats_of_one_request_create_once() {
    let world = World::start().await;
    let new = new_employee("operator1", &[Role::Operator], &[]);
    let create = || employees::ops::create(&world.db, &world.auth.passwords, world.admin, new.clone(), PASSWORD);
    let all = futures::future::join_all((0..8).map(|_| create())).await;
    assert!(all.iter().all(|one| one.as_ref().is_ok_and(|employee| employee.id == new.id)), "{all:?}");
    assert_eq!(world.audited(new.id.0).await, ["employee.create"]);
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let world = World::start().await;
    let admin = world.admin.employee().unwrap();
    for patch in [dismiss(), Patch { roles: Some(vec![Role::Operator]), ..Patch::default() }] {
        let refused = employees::ops::update(&world.db, world.admin, admin, patch).await;
        assert!(matches!(refused, Err(EmployeeError::LastAdministrator)));
    }
    world.employee("admin2", &[Role::Administrator], &[]).await;
    assert!(employees::ops::update(&world.db, world.admin, admin, dismiss()).await.is_ok());
}

#[tokio::test]
async fn two_administrators_who_dismiss_each_other_do_not_both_succeed() {
    let world = World::start().await;
    let (one, other) =
        (world.admin.employee().unwrap(), world.employee("admin2", &[Role::Administrator], &[]).await.id);
    for _ in 0..10 {
        let dismissed = |id| employees::ops::update(&world.db, world.admin, id, dismiss());
        let (a, b) = tokio::join!(dismissed(one), dismissed(other));
        assert!(a.is_ok() != b.is_ok());
        world.sql("update crm.employee set dismissed = false").await;
    }
}

#[tokio::test]
async fn a_version_that_is_no_longer_current_is_not_changed() {
    let world = World::start().await;
    let operator = world.operator("operator1").await;
    let rename = |seen, name: &str| {
        let patch = Patch { seen, name: Some(name.to_owned()), ..Patch::default() };
        employees::ops::update(&world.db, world.admin, operator.id, patch)
    };
    let renamed = rename(Some(Revision(1)), "Оператор 9").await.unwrap();
    assert_eq!(renamed.revision, Revision(2));
    assert!(matches!(rename(Some(Revision(1)), "x").await, Err(EmployeeError::Fault(Fault::Stale))));
    assert_eq!(employees::ops::get(&world.db, operator.id).await.unwrap(), renamed);
    assert!(rename(None, "Оператор 8").await.is_ok());
}

#[tokio::test]
async fn changes_need_an_administrator() {
    let world = World::start().await;
    let operator = world.operator("operator1").await;
    let by = actor(&operator);
    let created = employees::ops::create(
        &world.db,
        &world.auth.passwords,
        by,
        new_employee("x1", &[Role::Operator], &[]),
        PASSWORD,
    );
    assert!(matches!(created.await, Err(EmployeeError::Fault(Fault::Permission))));
    let updated = employees::ops::update(&world.db, by, operator.id, dismiss()).await;
    assert!(matches!(updated, Err(EmployeeError::Fault(Fault::Permission))));
    let department = world.department("Отдел", None).await;
    let deleted = departments::ops::delete(&world.db, by, department, None).await;
    assert!(matches!(deleted, Err(DepartmentError::Fault(Fault::Permission))));
}

#[tokio::test]
async fn what_an_employee_refers_to_must_exist() {
    let world = World::start().await;
    let operator = world.operator("operator1").await;
    let update = |patch| employees::ops::update(&world.db, world.admin, operator.id, patch);
    let nowhere = Patch { departments: Some(vec![DepartmentId::new()]), ..Patch::default() };
    assert!(matches!(update(nowhere).await, Err(EmployeeError::DepartmentNotFound)));
    let never = Patch { schedule: Some(Some(ScheduleId::new())), ..Patch::default() };
    assert!(matches!(update(never).await, Err(EmployeeError::ScheduleNotFound)));
}

#[tokio::test]
async fn a_department_never_stands_below_itself() {
    let world = World::start().await;
    let top = world.department("Компания", None).await;
    let middle = world.department("Отдел", Some(top)).await;
    let bottom = world.department("Группа", Some(middle)).await;
    for (id, parent) in [(top, bottom), (top, middle), (top, top), (middle, bottom)] {
        let moved = departments::ops::update(&world.db, world.admin, id, under(parent)).await;
        assert!(matches!(moved, Err(DepartmentError::Cycle)));
    }
    assert!(departments::ops::update(&world.db, world.admin, bottom, under(top)).await.is_ok());
    let nowhere = departments::ops::update(&world.db, world.admin, bottom, under(DepartmentId::new())).await;
    assert!(matches!(nowhere, Err(DepartmentError::ParentNotFound)));
}

#[tokio::test]
async fn two_moves_at_once_make_no_cycle() {
    let world = World::start().await;
    let (a, b) = (world.department("А", None).await, world.department("Б", None).await);
    let (one, other) = tokio::join!(
        departments::ops::update(&world.db, world.admin, a, under(b)),
        departments::ops::update(&world.db, world.admin, b, under(a)),
    );
    assert!(one.is_ok() != other.is_ok());
}

#[tokio::test]
async fn the_published_closure_follows_every_move() {
    let world = World::start().await;
    let top = world.department("Компания", None).await;
    let middle = world.department("Отдел", Some(top)).await;
    let bottom = world.department("Группа", Some(middle)).await;
    let above = async |id: DepartmentId| {
        let sql = "select above_department_id from crm_read.department_above where department_id = $1";
        let mut all: Vec<Uuid> = sqlx::query_scalar(sql).bind(id.0).fetch_all(&world.db.pool).await.unwrap();
        all.sort();
        all.into_iter().map(DepartmentId).collect::<Vec<_>>()
    };
    assert_eq!(above(bottom).await, [top, middle, bottom]);
    let root = departments::domain::Patch { parent: Some(None), ..Default::default() };
    departments::ops::update(&world.db, world.admin, middle, root).await.unwrap();
    assert_eq!(above(bottom).await, [middle, bottom]);
    departments::ops::delete(&world.db, world.admin, bottom, None).await.unwrap();
    assert!(above(bottom).await.is_empty());
}

#[tokio::test]
async fn a_department_in_use_is_not_deleted() {
    let world = World::start().await;
    let top = world.department("Компания", None).await;
    let bottom = world.department("Отдел", Some(top)).await;
    let member = world.employee("operator1", &[Role::Operator], &[bottom]).await;
    let delete = |id| departments::ops::delete(&world.db, world.admin, id, None);
    assert!(matches!(delete(top).await, Err(DepartmentError::InUse)));
    assert!(matches!(delete(bottom).await, Err(DepartmentError::InUse)));
    employees::ops::update(&world.db, world.admin, member.id, dismiss()).await.unwrap();
    for held in [
        format!("insert into inbox_read.account values (gen_random_uuid(), 'telegram', 'Магазин', '{bottom}', null)"),
        format!("insert into inbox_read.request values (gen_random_uuid(), '{bottom}', 1)"),
    ] {
        world.sql(&held).await;
        assert!(matches!(delete(bottom).await, Err(DepartmentError::InUse)), "{held}");
        world.sql("delete from inbox_read.account; update inbox_read.request set state = 5").await;
    }
    delete(bottom).await.unwrap();
    delete(top).await.unwrap();
    assert_eq!(world.audited(top.0).await, ["department.create", "department.delete"]);
}

#[tokio::test]
async fn every_change_is_audited_with_before_and_after_and_told_to_everyone() {
    let world = World::start().await;
    let operator = world.operator("operator1").await;
    world.sql("truncate crm.outbox").await;
    let patch = Patch { name: Some("Оператор 9".into()), ..Patch::default() };
    employees::ops::update(&world.db, world.admin, operator.id, patch).await.unwrap();
    presence::ops::choose(&world.db, operator.id, true).await.unwrap();
    presence::ops::choose(&world.db, operator.id, true).await.unwrap();
    assert_eq!(world.audited(operator.id.0).await, ["employee.create", "employee.update", "presence.choose"]);
    let row = "select count(*) from crm.audit where action = 'employee.update' and employee_id is not null
               and before ->> 'name' = 'Сотрудник operator1' and after ->> 'name' = 'Оператор 9'";
    assert_eq!(world.count(row).await, 1);
    assert_eq!(world.count("select count(*) from crm.outbox").await, 2);
    let secrets = "select count(*) from crm.audit where (before::text || after::text) like '%argon2%'";
    assert_eq!(world.count(secrets).await, 0);
}

#[tokio::test]
async fn a_schedule_is_created_once_and_read_back_as_it_was() {
    let world = World::start().await;
    let interval = |weekday, from_minute, to_minute| schedules::domain::Interval { weekday, from_minute, to_minute };
    let new = NewSchedule {
        id: ScheduleId::new(),
        request: RequestHash::of(b"schedule"),
        name: "Смена".into(),
        time_zone: "Asia/Yekaterinburg".into(),
        intervals: vec![interval(1, 540, 780), interval(1, 780, 1080), interval(7, 0, 1440)],
        days_off: vec!["2026-01-01".parse().unwrap()],
    };
    let created = schedules::ops::create(&world.db, world.admin, new.clone()).await.unwrap();
    assert_eq!(schedules::ops::create(&world.db, world.admin, new).await.unwrap(), created);
    assert_eq!(schedules::store::schedule(&world.db.pool, created.id).await.unwrap().unwrap(), created);
    let unknown = schedules::domain::Patch { time_zone: Some("Mars/Olympus".into()), ..Default::default() };
    assert!(schedules::ops::update(&world.db, world.admin, created.id, unknown).await.is_err());
}

fn grpc(world: &World) -> EmployeeGrpc {
    EmployeeGrpc { db: world.db.clone(), passwords: world.auth.passwords.clone(), online: Online::nobody() }
}

fn caller(world: &World) -> Caller {
    Caller::administrator(world.admin.employee().unwrap())
}

#[tokio::test]
async fn employees_are_listed_by_name_in_pages_and_found() {
    let world = World::start().await;
    let top = world.department("Компания", None).await;
    let bottom = world.department("Отдел", Some(top)).await;
    for number in 1..=5 {
        world.employee(&format!("operator{number}"), &[Role::Operator], &[bottom]).await;
    }
    let list = async |request: ListEmployeesRequest| {
        grpc(&world).list_employees(caller(&world).request(request)).await.map(tonic::Response::into_inner)
    };
    let department_id = top.to_string();
    let first = list(ListEmployeesRequest { page_size: 3, department_id, ..Default::default() }).await.unwrap();
    let page_token = first.next_page_token.clone();
    let department_id = top.to_string();
    let next =
        ListEmployeesRequest { page_size: 3, department_id, page_token: page_token.clone(), ..Default::default() };
    let second = list(next).await.unwrap();
    let logins: Vec<_> = first.employees.iter().chain(&second.employees).map(|e| e.login.as_str()).collect();
    assert_eq!(logins, ["operator1", "operator2", "operator3", "operator4", "operator5"]);
    assert!(second.next_page_token.is_empty());
    let foreign = list(ListEmployeesRequest { page_token, ..Default::default() }).await.unwrap_err();
    assert_eq!(reason_of(&foreign), Some(ErrorReason::PageToken));
    for (query, found) in [("СОТРУДНИК OPERATOR3", 1), ("tor4", 1), ("%", 0), ("сотрудник", 6)] {
        let answer = list(ListEmployeesRequest { query: query.into(), ..Default::default() }).await.unwrap();
        assert_eq!(answer.employees.len(), found, "{query}");
    }
}

#[tokio::test]
async fn the_wire_carries_masks_etags_and_reasons() {
    let world = World::start().await;
    let employee = EmployeeMessage {
        name: "Оператор 1".into(),
        login: "operator1".into(),
        roles: vec![1],
        ..EmployeeMessage::default()
    };
    let request_id = EmployeeId::new().to_string();
    let request = CreateEmployeeRequest { request_id, employee: Some(employee), password: PASSWORD.into() };
    let grpc = grpc(&world);
    let create = |request| grpc.create_employee(caller(&world).request(request));
    let created = create(request.clone()).await.unwrap().into_inner().employee.unwrap();
    assert_eq!(create(request.clone()).await.unwrap().into_inner().employee.unwrap(), created);
    let reused = create(CreateEmployeeRequest { employee: Some(EmployeeMessage::default()), ..request }).await;
    assert_eq!(reused.unwrap_err().code(), tonic::Code::AlreadyExists);

    let update = |employee, paths: &[&str]| {
        let paths = paths.iter().map(|path| (*path).to_owned()).collect();
        let request = UpdateEmployeeRequest { employee: Some(employee), update_mask: Some(FieldMask { paths }) };
        grpc.update_employee(caller(&world).request(request))
    };
    let changed = EmployeeMessage { name: "Оператор 2".into(), login: "ignored".into(), ..created.clone() };
    let renamed = update(changed.clone(), &["name"]).await.unwrap().into_inner().employee.unwrap();
    assert_eq!((renamed.name.as_str(), renamed.login.as_str()), ("Оператор 2", "operator1"));
    assert_eq!(reason_of(&update(changed.clone(), &["name"]).await.unwrap_err()), Some(ErrorReason::EtagMismatch));
    assert_eq!(reason_of(&update(changed, &[]).await.unwrap_err()), Some(ErrorReason::InvalidField));
}

#[tokio::test]
async fn the_tree_is_listed_and_moved_over_the_wire() {
    let world = World::start().await;
    let top = world.department("Компания", None).await;
    let bottom = world.department("Отдел", Some(top)).await;
    let grpc = DepartmentGrpc { db: world.db.clone() };
    let list = grpc.list_departments(caller(&world).request(ListDepartmentsRequest::default())).await.unwrap();
    let names: Vec<_> = list.into_inner().departments.into_iter().map(|d| d.name).collect();
    assert_eq!(names, ["Компания", "Отдел"]);
    let paths = vec!["parent_department_id".to_owned()];
    let (department_id, parent_department_id) = (top.to_string(), bottom.to_string());
    let department = Department { department_id, parent_department_id, ..Department::default() };
    let request = UpdateDepartmentRequest { department: Some(department), update_mask: Some(FieldMask { paths }) };
    let refused = grpc.update_department(caller(&world).request(request)).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(ErrorReason::DepartmentCycle));
}

#[tokio::test]
async fn the_system_is_audited_as_nobody() {
    let world = World::start().await;
    let id = EmployeeId::new();
    let new = employees::domain::NewEmployee { id, ..new_employee("robot", &[Role::Operator], &[]) };
    employees::ops::create(&world.db, &world.auth.passwords, Actor::System, new, PASSWORD).await.unwrap();
    let row = format!("select count(*) from crm.audit where object_id = '{id}' and employee_id is null");
    assert_eq!(world.count(&row).await, 1);
}
