//! What an API key may do. People may do what their roles allow, which the services decide.

use std::sync::Arc;

use contracts::org::RecordRefusalRequest;
use rpc::{Audience, denied};
use tonic::Status;
use tracing::warn;

use crate::{Edge, identity::Identity, scope};

impl Edge {
    /// Lets people pass, and keys that hold the scope; without one the call is for people only. Refusals are on record at
    /// crm-core, or in our log when it does not answer.
    ///
    /// # Errors
    /// PERMISSION_DENIED.
    pub(crate) async fn may(self: &Arc<Self>, who: &Identity, method: &str, scope: Option<&str>) -> Result<(), Status> {
        if !who.is_api_key() || scope.is_some_and(|scope| scope::holds(&who.caller, scope)) {
            return Ok(());
        }
        let permission = scope.unwrap_or("session");
        if let Err(status) = self.record(who, method, permission).await {
            warn!(method, permission, code = ?status.code(), "a refused API key is not on record");
        }
        Err(match scope {
            Some(scope) => denied(scope, &format!("the API key lacks the scope {scope}")),
            None => denied(permission, &"this is for people, not for API keys"),
        })
    }

    async fn record(&self, who: &Identity, method: &str, permission: &str) -> Result<(), Status> {
        let (employee_id, method) = (who.employee()?.to_string(), method.to_owned());
        let message = RecordRefusalRequest { employee_id, method, permission: permission.to_owned() };
        let request = self.upstreams.own_request(Audience::CrmCore, message)?;
        rpc::call_with_deadline(self.upstreams.sessions().record_refusal(request)).await.map(drop)
    }
}
