//! Translates EmployeeService; decides nothing.

use std::collections::HashSet;

use contracts::org::{
    self, CreateEmployeeRequest, CreateEmployeeResponse, GetEmployeeRequest, GetEmployeeResponse, ListEmployeesRequest,
    ListEmployeesResponse, ResetPasswordRequest, ResetPasswordResponse, UpdateEmployeeRequest, UpdateEmployeeResponse,
    employee_service_server::EmployeeService,
};
use model::EmployeeId;
use prost::Message as _;
use rpc::{PageToken, finish_page, page_size, parse_id, parse_ids, parse_optional_id, timestamp};
use tonic::{Request, Response, Status, async_trait};

use super::{
    EmployeeError,
    domain::{Employee, NewEmployee, Patch, Role},
    ops, store,
};
use crate::{
    caller::{Mask, enter, request_id, required, seen},
    change::{Db, RequestHash},
    presence::{online::Online, presence_message},
    sessions::passwords::Passwords,
    text::{optional_line, search_form},
};

const CHANGEABLE: [&str; 9] =
    ["name", "login", "email", "department_ids", "roles", "schedule_id", "dismissed", "language", "time_zone"];
const MOST_DEPARTMENTS: usize = 100;

pub struct EmployeeGrpc {
    pub db: Db,
    pub passwords: Passwords,
    pub online: Online,
}

#[async_trait]
impl EmployeeService for EmployeeGrpc {
    async fn get_employee(
        &self,
        request: Request<GetEmployeeRequest>,
    ) -> Result<Response<GetEmployeeResponse>, Status> {
        let (_, _, request) = enter(request, "org.read")?;
        let employee = ops::get(&self.db, parse_id("employee_id", &request.employee_id)?).await?;
        Ok(Response::new(GetEmployeeResponse { employee: Some(self.message(employee).await) }))
    }

    async fn list_employees(
        &self,
        request: Request<ListEmployeesRequest>,
    ) -> Result<Response<ListEmployeesResponse>, Status> {
        let (_, _, request) = enter(request, "org.read")?;
        let size = page_size(request.page_size, 50, 200)?;
        let query = (&request.query, &request.department_id, request.with_dismissed);
        let query = rpc::Fingerprint::of("ListEmployees", &query);
        let text = optional_line("query", &request.query, 200)?;
        let filter = store::Filter {
            ids: None,
            name_part: (!text.is_empty()).then(|| search_form(&text)),
            login_part: (!text.is_empty()).then(|| text.to_lowercase()),
            department: parse_optional_id("department_id", &request.department_id)?,
            with_dismissed: request.with_dismissed,
            after: PageToken::decode(&query, &request.page_token)?,
            limit: i64::from(size) + 1,
        };
        let found = store::employees(&self.db.pool, &filter).await.map_err(EmployeeError::from)?;
        let (page, next_page_token) = finish_page(found, size, &query, |e| (search_form(&e.name), e.id.0));
        Ok(Response::new(ListEmployeesResponse { employees: self.messages(page).await, next_page_token }))
    }

    async fn create_employee(
        &self,
        request: Request<CreateEmployeeRequest>,
    ) -> Result<Response<CreateEmployeeResponse>, Status> {
        let (_, actor, request) = enter(request, "org.write")?;
        let new = new_employee(&request)?;
        let employee = ops::create(&self.db, &self.passwords, actor, new, &request.password).await?;
        Ok(Response::new(CreateEmployeeResponse { employee: Some(self.message(employee).await) }))
    }

    async fn update_employee(
        &self,
        request: Request<UpdateEmployeeRequest>,
    ) -> Result<Response<UpdateEmployeeResponse>, Status> {
        let (_, actor, request) = enter(request, "org.write")?;
        let employee = required("employee", request.employee)?;
        let mask = Mask::read(request.update_mask, &CHANGEABLE)?;
        let id = parse_id("employee.employee_id", &employee.employee_id)?;
        let employee = ops::update(&self.db, actor, id, patch(employee, &mask)?).await?;
        Ok(Response::new(UpdateEmployeeResponse { employee: Some(self.message(employee).await) }))
    }

    async fn reset_password(
        &self,
        request: Request<ResetPasswordRequest>,
    ) -> Result<Response<ResetPasswordResponse>, Status> {
        let (_, actor, request) = enter(request, "org.write")?;
        let id = parse_id("employee_id", &request.employee_id)?;
        ops::reset_password(&self.db, &self.passwords, actor, id, &request.password).await?;
        Ok(Response::new(ResetPasswordResponse {}))
    }
}

impl EmployeeGrpc {
    async fn message(&self, employee: Employee) -> org::Employee {
        let online = self.online.of(&[employee.id]).await;
        employee_message(employee, &online)
    }

    async fn messages(&self, employees: Vec<Employee>) -> Vec<org::Employee> {
        let ids: Vec<_> = employees.iter().map(|employee| employee.id).collect();
        let online = self.online.of(&ids).await;
        employees.into_iter().map(|employee| employee_message(employee, &online)).collect()
    }
}

fn new_employee(request: &CreateEmployeeRequest) -> Result<NewEmployee, Status> {
    // Without the password, which is never kept in a form as weak as this.
    let hash = RequestHash::of(&CreateEmployeeRequest { password: String::new(), ..request.clone() }.encode_to_vec());
    let employee = required("employee", request.employee.clone())?;
    Ok(NewEmployee {
        id: request_id(&request.request_id)?,
        request: hash,
        departments: parse_ids("employee.department_ids", &employee.department_ids, MOST_DEPARTMENTS)?,
        roles: roles_from_contract(&employee.roles)?,
        schedule: parse_optional_id("employee.schedule_id", &employee.schedule_id)?,
        name: employee.name,
        login: employee.login,
        email: employee.email,
        language: employee.language,
        time_zone: employee.time_zone,
    })
}

fn patch(employee: org::Employee, mask: &Mask) -> Result<Patch, Status> {
    let departments = || parse_ids("employee.department_ids", &employee.department_ids, MOST_DEPARTMENTS);
    Ok(Patch {
        seen: seen(&employee.etag)?,
        departments: mask.try_take("department_ids", departments)?,
        roles: mask.try_take("roles", || roles_from_contract(&employee.roles))?,
        schedule: mask.try_take("schedule_id", || parse_optional_id("employee.schedule_id", &employee.schedule_id))?,
        name: mask.take("name", employee.name),
        login: mask.take("login", employee.login),
        email: mask.take("email", employee.email),
        dismissed: mask.take("dismissed", employee.dismissed),
        language: mask.take("language", employee.language),
        time_zone: mask.take("time_zone", employee.time_zone),
    })
}

fn roles_from_contract(roles: &[i32]) -> Result<Vec<Role>, Status> {
    let role = |number: &i32| match org::Role::try_from(*number) {
        Ok(org::Role::Operator) => Ok(Role::Operator),
        Ok(org::Role::Head) => Ok(Role::Head),
        Ok(org::Role::Administrator) => Ok(Role::Administrator),
        Ok(org::Role::Unspecified) | Err(_) => Err(rpc::invalid_field("employee.roles", "holds an unknown role")),
    };
    roles.iter().map(role).collect()
}

pub fn roles_to_contract(roles: &[Role]) -> Vec<i32> {
    let role = |role: &Role| match role {
        Role::Operator => org::Role::Operator,
        Role::Head => org::Role::Head,
        Role::Administrator => org::Role::Administrator,
    };
    roles.iter().map(|one| role(one).into()).collect()
}

pub fn employee_message(employee: Employee, online: &HashSet<EmployeeId>) -> org::Employee {
    org::Employee {
        employee_id: employee.id.to_string(),
        etag: rpc::etag(employee.revision.0),
        department_ids: employee.departments.iter().map(ToString::to_string).collect(),
        roles: roles_to_contract(&employee.roles),
        schedule_id: employee.schedule.map(|id| id.to_string()).unwrap_or_default(),
        dismissed: employee.dismissed,
        presence: Some(presence_message(&employee, online)),
        created_at: Some(timestamp(employee.created_at)),
        name: employee.name,
        login: employee.login,
        email: employee.email,
        language: employee.language,
        time_zone: employee.time_zone,
    }
}
