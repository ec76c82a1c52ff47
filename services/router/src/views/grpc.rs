//! `okno.inbox.v1.ViewService`.

use contracts::inbox::{
    CountViewsRequest, CountViewsResponse, CreateViewRequest, CreateViewResponse, DeleteViewRequest,
    DeleteViewResponse, ListViewsRequest, ListViewsResponse, UpdateViewRequest, UpdateViewResponse, ViewCount,
    view_service_server::ViewService,
};
use rpc::{Caller, Fingerprint, PageToken, finish_page, invalid_field, page_size, parse_etag, parse_id, parse_ids};
use store::retry_conflicts;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    counts::Counts,
    domain::{By, View},
    ops, store as rows,
};
use crate::{access::Viewer, conversations::Db, fault::broken};

/// Views that are counted at once.
const COUNTED: usize = 20;

/// Serves saved views.
#[derive(Debug, Clone)]
pub struct ViewApi {
    db: Db,
    counts: Counts,
}

impl ViewApi {
    #[must_use]
    pub fn new(db: Db) -> Self {
        Self { db, counts: Counts::default() }
    }
}

type Answer<T> = Result<Response<T>, Status>;

#[tonic::async_trait]
impl ViewService for ViewApi {
    async fn list_views(&self, request: Request<ListViewsRequest>) -> Answer<ListViewsResponse> {
        let viewer = Viewer::reader(&request)?;
        let request = request.into_inner();
        let size = page_size(request.page_size, 50, 200)?;
        let query = Fingerprint::of("ListViews", &viewer.employee);
        let after = PageToken::decode::<rows::Place>(&query, &request.page_token)?;
        let found = rows::seen(&self.db.pool, viewer.employee, after, i64::from(size) + 1).await.map_err(broken)?;
        let place = |view: &View| (view.rank, view.name.clone(), view.id);
        let (views, next_page_token) = finish_page(found, size, &query, place);
        Ok(Response::new(ListViewsResponse { views: views.iter().map(View::contract).collect(), next_page_token }))
    }

    async fn create_view(&self, request: Request<CreateViewRequest>) -> Answer<CreateViewResponse> {
        let by = by(&request)?;
        let request = request.into_inner();
        let id = parse_id("request_id", &request.request_id)?;
        let asked = request.view.ok_or_else(|| invalid_field("view", "is required"))?;
        let view = View::read(id, by.employee, asked)?;
        let view = retry_conflicts(|| ops::create(&self.db, by, &view)).await?;
        Ok(Response::new(CreateViewResponse { view: Some(view.contract()) }))
    }

    async fn update_view(&self, request: Request<UpdateViewRequest>) -> Answer<UpdateViewResponse> {
        let by = by(&request)?;
        let request = request.into_inner();
        let asked = request.view.ok_or_else(|| invalid_field("view", "is required"))?;
        let id = parse_id("view.view_id", &asked.view_id)?;
        let seen = parse_etag(&asked.etag)?;
        let fields = request.update_mask.unwrap_or_default().paths;
        if fields.is_empty() {
            return Err(invalid_field("update_mask", "names nothing to change"));
        }
        let view = ops::update(&self.db, by, id, seen, &asked, &fields).await?;
        Ok(Response::new(UpdateViewResponse { view: Some(view.contract()) }))
    }

    async fn delete_view(&self, request: Request<DeleteViewRequest>) -> Answer<DeleteViewResponse> {
        let by = by(&request)?;
        let request = request.into_inner();
        let id = parse_id("view_id", &request.view_id)?;
        let seen = parse_etag(&request.etag)?;
        retry_conflicts(|| ops::delete(&self.db, by, id, seen)).await?;
        Ok(Response::new(DeleteViewResponse {}))
    }

    async fn count_views(&self, request: Request<CountViewsRequest>) -> Answer<CountViewsResponse> {
        let viewer = Viewer::reader(&request)?;
        let ids: Vec<Uuid> = parse_ids("view_ids", &request.get_ref().view_ids, COUNTED)?;
        let views = rows::seen_of(&self.db.pool, viewer.employee, &ids).await.map_err(broken)?;
        let mut counts = Vec::new();
        for view in ids.iter().filter_map(|id| views.iter().find(|view| view.id == *id)) {
            let count = self.counts.of(&self.db.pool, &viewer, view).await?;
            counts.push(ViewCount { view_id: view.id.to_string(), count });
        }
        Ok(Response::new(CountViewsResponse { counts }))
    }
}

fn by<T>(request: &Request<T>) -> Result<By, Status> {
    let viewer = Viewer::writer(request)?;
    let head = Caller::of(request)?.is_head();
    Ok(By { employee: viewer.employee, administrator: viewer.administrator, head })
}
