use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
};

use contracts::{
    file::{
        CompleteFileRequest, CompleteFileResponse, CreateFileRequest, CreateFileResponse, File, FileState,
        GetFileRequest, GetFileResponse,
        file_service_server::{FileService, FileServiceServer},
    },
    live::event_service_server::EventServiceServer,
};
use model::EmployeeId;
use rpc::{Caller, Server};
use tonic::{Request, Response, Status, metadata::MetadataMap};

use super::events::History;

/// Router as the edge sees it: files of their makers, and what happened.
pub struct Router {
    pub events: Arc<History>,
    pub files: Mutex<HashMap<String, (EmployeeId, File)>>,
    pub completed: Mutex<Vec<CompleteFileRequest>>,
    /// Of each file that somebody asked for: whether it is to be kept.
    pub saved: Mutex<Vec<bool>>,
    /// Of the last call.
    pub metadata: Mutex<MetadataMap>,
}

impl Default for Router {
    fn default() -> Self {
        Self {
            events: History::of("inbox"),
            files: Mutex::default(),
            completed: Mutex::default(),
            saved: Mutex::default(),
            metadata: Mutex::default(),
        }
    }
}

pub fn add(server: Server, router: &Arc<Router>) -> Server {
    server
        .add_service(FileServiceServer::from_arc(router.clone()))
        .add_service(EventServiceServer::from_arc(router.events.clone()))
}

#[tonic::async_trait]
impl FileService for Router {
    async fn create_file(&self, request: Request<CreateFileRequest>) -> Result<Response<CreateFileResponse>, Status> {
        *self.metadata.lock().unwrap() = request.metadata().clone();
        let employee = Caller::of(&request)?.employee()?;
        let CreateFileRequest { file_id, name, mime_type, size_bytes, .. } = request.into_inner();
        let mut file = File { file_id: file_id.clone(), name, mime_type, size_bytes, ..File::default() };
        file.set_state(FileState::Uploading);
        file.object_key = format!("up/{file_id}");
        self.files.lock().unwrap().insert(file_id.clone(), (employee, file.clone()));
        Ok(Response::new(CreateFileResponse { file: Some(file), upload_path: format!("/files/{file_id}") }))
    }

    async fn complete_file(
        &self,
        request: Request<CompleteFileRequest>,
    ) -> Result<Response<CompleteFileResponse>, Status> {
        Caller::of(&request)?.require_edge()?;
        let done = request.into_inner();
        let mut files = self.files.lock().unwrap();
        let (_, file) = files.get_mut(&done.file_id).ok_or_else(|| Status::not_found("file"))?;
        file.set_state(FileState::Stored);
        file.mime_type.clone_from(&done.mime_type);
        self.completed.lock().unwrap().push(done);
        Ok(Response::new(CompleteFileResponse { file: Some(file.clone()) }))
    }

    async fn get_file(&self, request: Request<GetFileRequest>) -> Result<Response<GetFileResponse>, Status> {
        let caller = Caller::of(&request)?;
        let files = self.files.lock().unwrap();
        let (owner, file) = files.get(&request.get_ref().file_id).ok_or_else(|| Status::not_found("file"))?;
        let mut file = file.clone();
        if !caller.is_edge() {
            if caller.employee()? != *owner {
                return Err(Status::not_found("file"));
            }
            file.object_key.clear();
            self.saved.lock().unwrap().push(request.get_ref().saved);
        }
        Ok(Response::new(GetFileResponse { file: Some(file) }))
    }
}
