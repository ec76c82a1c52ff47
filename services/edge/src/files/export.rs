use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, Request, State},
    response::Response,
};
use contracts::crm::{TakePersonalExportRequest, TakePersonalExportResponse};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use http::{
    HeaderValue,
    header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, REFERRER_POLICY},
};
use object_store::{ObjectStoreExt as _, path::Path as Key};
use rpc::Audience;
use uuid::Uuid;

use super::{Refusal, not_found};
use crate::Edge;

/// `GET /exports/<export id>/<secret of a link>`: everything that is kept of a person, for whom the link was made alone.
///
/// # Errors
/// 401, 404 for a link that is over or another's, 503.
pub async fn export(
    State(edge): State<Arc<Edge>>,
    Path((export_id, secret)): Path<(Uuid, String)>,
    request: Request,
) -> Result<Response, Refusal> {
    let (parts, _) = request.into_parts();
    let identity = edge.identify(&parts).await?;
    edge.may(&identity, "GET /exports", None).await?;
    let message = TakePersonalExportRequest { export_id: export_id.to_string(), secret };
    let message = rpc::authorized(message, identity.token(&edge.upstreams, Audience::CrmCore)?)?;
    let taken = rpc::call_with_deadline(edge.upstreams.personal_data().take_personal_export(message)).await?;
    let TakePersonalExportResponse { pieces } = taken;
    let length: u64 = pieces.iter().map(|piece| piece.size_bytes).sum();
    let mut keys = pieces.into_iter().map(move |piece| Key::from(objects::export_piece(export_id, piece.piece_id)));
    // The first one now, while a failure can still be told.
    let first = edge.files.store.get(&keys.next().ok_or_else(not_found)?).await?.into_stream();
    let store = edge.files.store.clone();
    let rest = stream::iter(keys).then(move |key| {
        let store = store.clone();
        async move { store.get(&key).await.map(object_store::GetResult::into_stream) }
    });
    let bytes = first.chain(rest.try_flatten()).map_err(std::io::Error::other);
    let mut response = Response::new(Body::from_stream(bytes));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(CONTENT_DISPOSITION, ::download::disposition(false, "personal-data.zip"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    Ok(response)
}
