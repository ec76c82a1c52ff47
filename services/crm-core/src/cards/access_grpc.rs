//! Translates AccessService; decides nothing.

use contracts::crm::{
    AccessLevel, CreateAccessLevelRequest, CreateAccessLevelResponse, ListAccessLevelsRequest,
    ListAccessLevelsResponse, UpdateAccessLevelRequest, UpdateAccessLevelResponse,
    access_service_server::AccessService,
};
use rpc::{parse_id, parse_ids};
use tonic::{Request, Response, Status, async_trait};

use super::{
    CardError,
    access::{self, Level, Patch},
};
use crate::{
    caller::{Mask, enter, request_hash, request_id, required, seen},
    change::{Db, Revision},
    clients::sight::Sight,
};

const CHANGEABLE: [&str; 5] = ["name", "employee_ids", "department_ids", "all_clients", "archived"];

pub struct AccessGrpc {
    pub db: Db,
}

#[async_trait]
impl AccessService for AccessGrpc {
    async fn list_access_levels(
        &self,
        request: Request<ListAccessLevelsRequest>,
    ) -> Result<Response<ListAccessLevelsResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.read")?;
        let levels = access::list(&self.db.pool, request.with_archived).await.map_err(CardError::from)?;
        let sight = Sight::of(&self.db.pool, actor).await.map_err(CardError::from)?;
        Ok(Response::new(ListAccessLevelsResponse {
            access_levels: levels.into_iter().map(message).collect(),
            own_access_level_ids: sight.levels.iter().map(ToString::to_string).collect(),
        }))
    }

    async fn create_access_level(
        &self,
        request: Request<CreateAccessLevelRequest>,
    ) -> Result<Response<CreateAccessLevelResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let hash = request_hash(&request);
        let level = required("access_level", request.access_level)?;
        let new = Level {
            id: request_id(&request.request_id)?,
            revision: Revision(1),
            employees: parse_ids("employee_ids", &level.employee_ids, 1_000)?,
            departments: parse_ids("department_ids", &level.department_ids, 100)?,
            name: level.name,
            all_clients: level.all_clients,
            archived: level.archived,
        };
        let level = access::create(&self.db, actor, new, hash).await?;
        Ok(Response::new(CreateAccessLevelResponse { access_level: Some(message(level)) }))
    }

    async fn update_access_level(
        &self,
        request: Request<UpdateAccessLevelRequest>,
    ) -> Result<Response<UpdateAccessLevelResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let level = required("access_level", request.access_level)?;
        let mask = Mask::read(request.update_mask, &CHANGEABLE)?;
        let id = parse_id("access_level.access_level_id", &level.access_level_id)?;
        let patch = Patch {
            seen: seen(&level.etag)?,
            employees: mask.try_take("employee_ids", || parse_ids("employee_ids", &level.employee_ids, 1_000))?,
            departments: mask.try_take("department_ids", || parse_ids("department_ids", &level.department_ids, 100))?,
            name: mask.take("name", level.name),
            all_clients: mask.take("all_clients", level.all_clients),
            archived: mask.take("archived", level.archived),
        };
        let level = access::change(&self.db, actor, id, patch).await?;
        Ok(Response::new(UpdateAccessLevelResponse { access_level: Some(message(level)) }))
    }
}

fn message(level: Level) -> AccessLevel {
    AccessLevel {
        access_level_id: level.id.to_string(),
        etag: rpc::etag(level.revision.0),
        employee_ids: level.employees.iter().map(ToString::to_string).collect(),
        department_ids: level.departments.iter().map(ToString::to_string).collect(),
        name: level.name,
        all_clients: level.all_clients,
        archived: level.archived,
    }
}
