//! Translates ImportService; decides nothing.

use contracts::{
    crm::{
        self, AppendImportFileRequest, AppendImportFileResponse, CreateImportRequest, CreateImportResponse,
        ExportClientsRequest, ExportClientsResponse, GetImportRequest, GetImportResponse, ImportOutcome,
        ListImportRowsRequest, ListImportRowsResponse, ListImportsRequest, ListImportsResponse, ReadImportRequest,
        ReadImportResponse, ResumeImportRequest, ResumeImportResponse, SetImportMappingRequest,
        SetImportMappingResponse, StartImportRequest, StartImportResponse, StopImportRequest, StopImportResponse,
        import_service_server::ImportService,
    },
    org::AccessKind,
};
use futures::stream::BoxStream;
use rpc::{PageToken, finish_page, page_size, parse_id};
use tonic::{Request, Response, Status, async_trait};
use uuid::Uuid;

use super::{Import, ImportError, Outcome, export, headings, messages, ops, store};
use crate::{
    access_log::{self, Read},
    caller::{enter, request_hash, request_id, required},
    cards::fields,
    change::{Actor, Db},
    clients::{message::each_known, read_filter, read_order},
    duplicates::store::visible,
};

pub struct ImportGrpc {
    pub db: Db,
}

impl ImportGrpc {
    async fn message(&self, import: Import) -> Result<crm::Import, Status> {
        let fields = fields::list(&self.db.pool, None, false).await.map_err(ImportError::from)?;
        let contact_columns = headings::of_contacts(&import.columns, &fields);
        Ok(messages::import(import, messages::targets(&fields), contact_columns))
    }
}

fn import_id(text: &str) -> Result<Uuid, Status> {
    parse_id("import_id", text)
}

#[async_trait]
impl ImportService for ImportGrpc {
    type ExportClientsStream = BoxStream<'static, Result<ExportClientsResponse, Status>>;

    async fn create_import(
        &self,
        request: Request<CreateImportRequest>,
    ) -> Result<Response<CreateImportResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.write")?;
        let (hash, author) = (request_hash(&request), caller.employee()?);
        let id = request_id(&request.request_id)?;
        let import = ops::create(&self.db, actor, author, id, &request.file_name, hash).await?;
        Ok(Response::new(CreateImportResponse { import: Some(self.message(import).await?) }))
    }

    async fn append_import_file(
        &self,
        request: Request<AppendImportFileRequest>,
    ) -> Result<Response<AppendImportFileResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let offset = i64::try_from(request.offset).map_err(|_| rpc::invalid_field("offset", "is too large"))?;
        let size = ops::append(&self.db, actor, import_id(&request.import_id)?, offset, &request.content).await?;
        Ok(Response::new(AppendImportFileResponse { size_bytes: size.unsigned_abs() }))
    }

    async fn read_import(&self, request: Request<ReadImportRequest>) -> Result<Response<ReadImportResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.write")?;
        let import = ops::read(&self.db, actor, import_id(&request.import_id)?).await?;
        access_log::note_list(&self.db, &caller).await?;
        Ok(Response::new(ReadImportResponse { import: Some(self.message(import).await?) }))
    }

    async fn set_import_mapping(
        &self,
        request: Request<SetImportMappingRequest>,
    ) -> Result<Response<SetImportMappingResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.write")?;
        let mapping = messages::mapping_from_contract(required("mapping", request.mapping)?)?;
        let import = ops::set_mapping(&self.db, actor, import_id(&request.import_id)?, mapping).await?;
        access_log::note_list(&self.db, &caller).await?;
        Ok(Response::new(SetImportMappingResponse { import: Some(self.message(import).await?) }))
    }

    async fn start_import(
        &self,
        request: Request<StartImportRequest>,
    ) -> Result<Response<StartImportResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let import = ops::start(&self.db, actor, import_id(&request.import_id)?, request.dry_run).await?;
        Ok(Response::new(StartImportResponse { import: Some(self.message(import).await?) }))
    }

    async fn get_import(&self, request: Request<GetImportRequest>) -> Result<Response<GetImportResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        let import = ops::get(&self.db, actor, import_id(&request.import_id)?).await?;
        access_log::note_list(&self.db, &caller).await?;
        Ok(Response::new(GetImportResponse { import: Some(self.message(import).await?) }))
    }

    async fn list_imports(
        &self,
        request: Request<ListImportsRequest>,
    ) -> Result<Response<ListImportsResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        let size = page_size(request.page_size, 20, 100)?;
        let query = rpc::Fingerprint::of("ListImports", &());
        let before = PageToken::decode(&query, &request.page_token)?;
        let found = ops::list(&self.db, actor, before, i64::from(size) + 1).await?;
        access_log::note_list(&self.db, &caller).await?;
        let (page, next_page_token) = finish_page(found, size, &query, |import| import.id);
        let imports = page.into_iter().map(|import| messages::import(import, Vec::new(), Vec::new())).collect();
        Ok(Response::new(ListImportsResponse { imports, next_page_token }))
    }

    async fn stop_import(&self, request: Request<StopImportRequest>) -> Result<Response<StopImportResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let import = ops::stop(&self.db, actor, import_id(&request.import_id)?).await?;
        Ok(Response::new(StopImportResponse { import: Some(self.message(import).await?) }))
    }

    async fn resume_import(
        &self,
        request: Request<ResumeImportRequest>,
    ) -> Result<Response<ResumeImportResponse>, Status> {
        let (_, actor, request) = enter(request, "crm.write")?;
        let import = ops::resume(&self.db, actor, import_id(&request.import_id)?).await?;
        Ok(Response::new(ResumeImportResponse { import: Some(self.message(import).await?) }))
    }

    async fn list_import_rows(
        &self,
        request: Request<ListImportRowsRequest>,
    ) -> Result<Response<ListImportRowsResponse>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        let size = page_size(request.page_size, 50, 200)?;
        let query = rpc::Fingerprint::of("ListImportRows", &(&request.import_id, &request.outcomes));
        let after = PageToken::decode::<i32>(&query, &request.page_token)?.unwrap_or_default();
        let mut outcomes = each_known::<ImportOutcome>("outcomes", &request.outcomes)?;
        if outcomes.is_empty() {
            outcomes = vec![Outcome::Double as i16, Outcome::Refused as i16];
        }
        let import = ops::get(&self.db, actor, import_id(&request.import_id)?).await?;
        let found = store::results(&self.db.pool, import.id, &outcomes, after, i64::from(size) + 1).await;
        let found = found.map_err(ImportError::from)?;
        let (page, next_page_token) = finish_page(found, size, &query, |shown| shown.result.row);
        let sees = self.seen(actor, &page).await?;
        access_log::note_list(&self.db, &caller).await?;
        let rows = page.into_iter().map(|shown| messages::row(shown, |id| sees.contains(&id))).collect();
        Ok(Response::new(ListImportRowsResponse { rows, next_page_token }))
    }

    async fn export_clients(
        &self,
        request: Request<ExportClientsRequest>,
    ) -> Result<Response<Self::ExportClientsStream>, Status> {
        let (caller, actor, request) = enter(request, "crm.read")?;
        let xlsx = match request.format.as_str() {
            "" | "csv" => false,
            "xlsx" => true,
            _ => return Err(rpc::invalid_field("format", "must be csv or xlsx")),
        };
        let wanted = export::Wanted {
            filter: read_filter(request.filter.unwrap_or_default())?,
            order: read_order(request.order)?,
            columns: export::columns(&request.columns)?,
            russian: request.russian,
            xlsx,
        };
        let id = Uuid::now_v7();
        access_log::note(&self.db, &caller, Read::of(AccessKind::ClientExport, id, None)).await?;
        let file = export::export(&self.db, actor, id, wanted).await?;
        Ok(Response::new(file))
    }
}

impl ImportGrpc {
    /// Which of the rows' clients the caller sees.
    async fn seen(&self, by: Actor, page: &[store::Shown]) -> Result<std::collections::HashSet<Uuid>, Status> {
        let ids: Vec<Uuid> = page.iter().filter_map(|shown| shown.result.client).collect();
        Ok(visible(&self.db.pool, by.employee(), &ids).await.map_err(ImportError::from)?)
    }
}
