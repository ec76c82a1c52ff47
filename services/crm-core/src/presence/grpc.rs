//! Translates PresenceService; decides nothing.

use std::collections::HashSet;

use contracts::org::{
    EmployeePresence, ListPresenceRequest, ListPresenceResponse, Presence, PresenceChoice, SetPresenceRequest,
    SetPresenceResponse, presence_service_server::PresenceService,
};
use model::EmployeeId;
use rpc::{PageToken, finish_page, page_size};
use tonic::{Request, Response, Status, async_trait};

use super::{online::Online, ops};
use crate::{
    caller::enter,
    change::Db,
    employees::{EmployeeError, domain::Employee, ops::get, store},
    text::search_form,
};

pub struct PresenceGrpc {
    pub db: Db,
    pub online: Online,
}

#[async_trait]
impl PresenceService for PresenceGrpc {
    async fn set_presence(
        &self,
        request: Request<SetPresenceRequest>,
    ) -> Result<Response<SetPresenceResponse>, Status> {
        let (caller, _, request) = enter(request, "org.write")?;
        let id = caller.employee()?;
        let away = match PresenceChoice::try_from(request.choice) {
            Ok(PresenceChoice::Unspecified | PresenceChoice::Available) => false,
            Ok(PresenceChoice::Away) => true,
            Err(_) => return Err(rpc::invalid_field("choice", "is unknown")),
        };
        ops::choose(&self.db, id, away).await?;
        let employee = get(&self.db, id).await?;
        let presence = presence_message(&employee, &self.online.of(&[id]).await);
        Ok(Response::new(SetPresenceResponse { presence: Some(presence) }))
    }

    async fn list_presence(
        &self,
        request: Request<ListPresenceRequest>,
    ) -> Result<Response<ListPresenceResponse>, Status> {
        let (_, _, request) = enter(request, "org.read")?;
        let size = page_size(request.page_size, 200, 200)?;
        let query = rpc::Fingerprint::of("ListPresence", &());
        let after = PageToken::decode(&query, &request.page_token)?;
        let filter = store::Filter { after, limit: i64::from(size) + 1, ..store::Filter::default() };
        let found = store::employees(&self.db.pool, &filter).await.map_err(EmployeeError::from)?;
        let (page, next_page_token) = finish_page(found, size, &query, |e| (search_form(&e.name), e.id.0));
        let ids: Vec<_> = page.iter().map(|employee| employee.id).collect();
        let online = self.online.of(&ids).await;
        let presence = |employee: &Employee| EmployeePresence {
            employee_id: employee.id.to_string(),
            presence: Some(presence_message(employee, &online)),
        };
        Ok(Response::new(ListPresenceResponse { presences: page.iter().map(presence).collect(), next_page_token }))
    }
}

pub fn presence_message(employee: &Employee, online: &HashSet<EmployeeId>) -> Presence {
    let choice = if employee.away { PresenceChoice::Away } else { PresenceChoice::Available };
    Presence { choice: choice.into(), online: online.contains(&employee.id) }
}
