//! Translates DepartmentService; decides nothing. Its schedule calls are handed to `schedules`.

use contracts::org::{
    self, CreateDepartmentRequest, CreateDepartmentResponse, CreateScheduleRequest, CreateScheduleResponse,
    DeleteDepartmentRequest, DeleteDepartmentResponse, DeleteScheduleRequest, DeleteScheduleResponse,
    ListDepartmentsRequest, ListDepartmentsResponse, ListSchedulesRequest, ListSchedulesResponse,
    UpdateDepartmentRequest, UpdateDepartmentResponse, UpdateScheduleRequest, UpdateScheduleResponse,
    department_service_server::DepartmentService,
};
use rpc::{PageToken, finish_page, page_size, parse_id, parse_optional_id};
use tonic::{Request, Response, Status, async_trait};

use super::{
    DepartmentError,
    domain::{Department, NewDepartment, Patch},
    ops, store,
};
use crate::{
    caller::{Mask, enter, request_hash, request_id, required, seen},
    change::Db,
    schedules,
    text::search_form,
};

const CHANGEABLE: [&str; 3] = ["name", "parent_department_id", "head_employee_id"];

pub struct DepartmentGrpc {
    pub db: Db,
}

#[async_trait]
impl DepartmentService for DepartmentGrpc {
    async fn list_departments(
        &self,
        request: Request<ListDepartmentsRequest>,
    ) -> Result<Response<ListDepartmentsResponse>, Status> {
        let (_, _, request) = enter(request, "org.read")?;
        let size = page_size(request.page_size, 50, 200)?;
        let query = rpc::Fingerprint::of("ListDepartments", &());
        let after = PageToken::decode(&query, &request.page_token)?;
        let found = store::departments(&self.db.pool, after, i64::from(size) + 1).await;
        let found = found.map_err(DepartmentError::from)?;
        let (page, next_page_token) = finish_page(found, size, &query, |d| (search_form(&d.name), d.id.0));
        let departments = page.into_iter().map(message).collect();
        Ok(Response::new(ListDepartmentsResponse { departments, next_page_token }))
    }

    async fn create_department(
        &self,
        request: Request<CreateDepartmentRequest>,
    ) -> Result<Response<CreateDepartmentResponse>, Status> {
        let (_, actor, request) = enter(request, "org.write")?;
        let hash = request_hash(&request);
        let department = required("department", request.department)?;
        let new = NewDepartment {
            id: request_id(&request.request_id)?,
            request: hash,
            parent: parse_optional_id("department.parent_department_id", &department.parent_department_id)?,
            head: parse_optional_id("department.head_employee_id", &department.head_employee_id)?,
            name: department.name,
        };
        let department = ops::create(&self.db, actor, new).await?;
        Ok(Response::new(CreateDepartmentResponse { department: Some(message(department)) }))
    }

    async fn update_department(
        &self,
        request: Request<UpdateDepartmentRequest>,
    ) -> Result<Response<UpdateDepartmentResponse>, Status> {
        let (_, actor, request) = enter(request, "org.write")?;
        let department = required("department", request.department)?;
        let mask = Mask::read(request.update_mask, &CHANGEABLE)?;
        let id = parse_id("department.department_id", &department.department_id)?;
        let department = ops::update(&self.db, actor, id, patch(department, &mask)?).await?;
        Ok(Response::new(UpdateDepartmentResponse { department: Some(message(department)) }))
    }

    async fn delete_department(
        &self,
        request: Request<DeleteDepartmentRequest>,
    ) -> Result<Response<DeleteDepartmentResponse>, Status> {
        let (_, actor, request) = enter(request, "org.write")?;
        let id = parse_id("department_id", &request.department_id)?;
        ops::delete(&self.db, actor, id, seen(&request.etag)?).await?;
        Ok(Response::new(DeleteDepartmentResponse {}))
    }

    async fn list_schedules(
        &self,
        request: Request<ListSchedulesRequest>,
    ) -> Result<Response<ListSchedulesResponse>, Status> {
        let (_, _, request) = enter(request, "org.read")?;
        schedules::grpc::list(&self.db, &request).await.map(Response::new)
    }

    async fn create_schedule(
        &self,
        request: Request<CreateScheduleRequest>,
    ) -> Result<Response<CreateScheduleResponse>, Status> {
        let (_, actor, request) = enter(request, "org.write")?;
        schedules::grpc::create(&self.db, actor, request).await.map(Response::new)
    }

    async fn update_schedule(
        &self,
        request: Request<UpdateScheduleRequest>,
    ) -> Result<Response<UpdateScheduleResponse>, Status> {
        let (_, actor, request) = enter(request, "org.write")?;
        schedules::grpc::update(&self.db, actor, request).await.map(Response::new)
    }

    async fn delete_schedule(
        &self,
        request: Request<DeleteScheduleRequest>,
    ) -> Result<Response<DeleteScheduleResponse>, Status> {
        let (_, actor, request) = enter(request, "org.write")?;
        schedules::grpc::delete(&self.db, actor, request).await.map(Response::new)
    }
}

fn patch(department: org::Department, mask: &Mask) -> Result<Patch, Status> {
    let parent = || parse_optional_id("department.parent_department_id", &department.parent_department_id);
    let head = || parse_optional_id("department.head_employee_id", &department.head_employee_id);
    Ok(Patch {
        seen: seen(&department.etag)?,
        parent: mask.try_take("parent_department_id", parent)?,
        head: mask.try_take("head_employee_id", head)?,
        name: mask.take("name", department.name),
    })
}

fn message(department: Department) -> org::Department {
    org::Department {
        department_id: department.id.to_string(),
        etag: rpc::etag(department.revision.0),
        name: department.name,
        parent_department_id: department.parent.map(|id| id.to_string()).unwrap_or_default(),
        head_employee_id: department.head.map(|id| id.to_string()).unwrap_or_default(),
    }
}
