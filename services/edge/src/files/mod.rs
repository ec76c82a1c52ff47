//! Bytes of files: staff's uploads on their way in, attachments on their way out. Who may see one, router decides.

mod download;
mod export;
mod incoming;
mod pictures;
mod remote;
mod staged;
mod upload;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use ::download::NotGiven;
use axum::response::{IntoResponse, Response};
use contracts::file::{File, GetFileRequest};
use egress::Client;
use http::StatusCode;
use object_store::ObjectStore;
use rpc::Audience;
use tokio::sync::Semaphore;
use tonic::{Code, Status};
use tracing::error;

pub use self::{download::download, export::export, pictures::picture, upload::upload};
use crate::{Edge, identity::Identity};

/// Uploads at once: each holds a few MiB while it is written.
const UPLOADS: usize = 64;

/// Pictures of letters fetched at once, each at most 10 MiB in memory.
const PICTURES: usize = 16;

/// Where files lie.
pub struct Files {
    store: Arc<dyn ObjectStore>,
    folder: PathBuf,
    uploads: Semaphore,
    /// To the servers on which letters keep their pictures.
    outside: Client,
    pictures: Semaphore,
}

#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("it cannot be made or opened")]
    Store(#[from] object_store::Error),
    #[error("nothing can be fetched for letters")]
    Outside(#[source] egress::BuildError),
}

impl Files {
    /// # Errors
    /// When the folder cannot be made or read, or the system's root certificates cannot.
    pub fn open(folder: &Path, outside: egress::Options) -> Result<Self, OpenError> {
        Ok(Self {
            store: objects::open(folder)?,
            folder: folder.to_owned(),
            uploads: Semaphore::new(UPLOADS),
            outside: Client::new(outside).map_err(OpenError::Outside)?,
            pictures: Semaphore::new(PICTURES),
        })
    }
}

/// An answer other than the file.
#[derive(Debug)]
pub enum Refusal {
    Status(StatusCode, &'static str),
    NotSatisfiable { size: u64 },
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Status(status, text) => (status, format!("{text}\n")).into_response(),
            Self::NotSatisfiable { size } => {
                (StatusCode::RANGE_NOT_SATISFIABLE, [("content-range", format!("bytes */{size}"))]).into_response()
            }
        }
    }
}

impl From<Status> for Refusal {
    /// What one may not see does not exist.
    fn from(status: Status) -> Self {
        match status.code() {
            Code::Unauthenticated => Self::Status(StatusCode::UNAUTHORIZED, "sign in first"),
            Code::NotFound | Code::PermissionDenied | Code::InvalidArgument => not_found(),
            Code::Unavailable | Code::DeadlineExceeded => {
                Self::Status(StatusCode::SERVICE_UNAVAILABLE, "not available now; try again shortly")
            }
            _ => Self::Status(StatusCode::INTERNAL_SERVER_ERROR, "something went wrong here; it has been logged"),
        }
    }
}

impl From<object_store::Error> for Refusal {
    fn from(cause: object_store::Error) -> Self {
        if matches!(cause, object_store::Error::NotFound { .. }) {
            return not_found();
        }
        error!("the object store failed: {}", runtime::chain(&cause));
        Self::Status(StatusCode::SERVICE_UNAVAILABLE, "files are not available now; try again shortly")
    }
}

impl From<NotGiven> for Refusal {
    fn from(cause: NotGiven) -> Self {
        match cause {
            NotGiven::NotSatisfiable { size } => Self::NotSatisfiable { size },
            NotGiven::Store(cause) => cause.into(),
        }
    }
}

fn not_found() -> Refusal {
    Refusal::Status(StatusCode::NOT_FOUND, "no such file")
}

impl Edge {
    /// A file as the caller may see it, and where its bytes lie. Router puts on record whether it is `saved`.
    async fn file(&self, identity: &Identity, file_id: &str, saved: bool) -> Result<(File, String), Refusal> {
        let message = GetFileRequest { file_id: file_id.to_owned(), saved };
        let seen = rpc::authorized(message.clone(), identity.token(&self.upstreams, Audience::Router)?)?;
        let mut files = self.upstreams.files();
        let file = rpc::call_with_deadline(files.get_file(seen)).await?.file.ok_or_else(not_found)?;
        if !file.object_key.is_empty() {
            let key = file.object_key.clone();
            return Ok((file, key));
        }
        // Only the edge is told where bytes lie; that the caller may have them was answered above.
        let own = self.upstreams.own_request(Audience::Router, message)?;
        let key = rpc::call_with_deadline(files.get_file(own)).await?.file.map(|file| file.object_key);
        Ok((file, key.unwrap_or_default()))
    }
}
