//! `okno.file.v1.FileService`.

use std::future::ready;

use ::store::access::Turn;
use contracts::{
    channel::AttachmentKind,
    file::{
        CompleteFileRequest, CompleteFileResponse, CreateFileRequest, CreateFileResponse, File, GetFileRequest,
        GetFileResponse, file_service_server::FileService,
    },
    org::AccessKind,
};
use model::FileId;
use rpc::{Caller, invalid_field, parse_id};
use tonic::{Request, Response, Status};

use super::{
    domain::{FileError, LIMIT_BYTES, Upload, media_type, safe_name},
    ops::{self, Seen},
    store::{Attachment, Completed, Row},
};
use crate::{access::Viewer, access_log::Reader, conversations::Db};

/// Serves files' records to the page and to the edge.
#[derive(Debug, Clone)]
pub struct FileApi {
    pub db: Db,
}

#[tonic::async_trait]
impl FileService for FileApi {
    async fn create_file(&self, request: Request<CreateFileRequest>) -> Result<Response<CreateFileResponse>, Status> {
        let viewer = Viewer::writer(&request)?;
        let upload = upload(request.into_inner())?;
        let row = ops::create(&self.db.pool, viewer.employee, &upload).await?;
        let upload_path = format!("/files/{}", row.file_id);
        Ok(Response::new(CreateFileResponse { file: Some(row.into()), upload_path }))
    }

    async fn complete_file(
        &self,
        request: Request<CompleteFileRequest>,
    ) -> Result<Response<CompleteFileResponse>, Status> {
        Caller::of(&request)?.require_edge()?;
        let request = request.into_inner();
        if request.size_bytes < 1 {
            return Err(invalid_field("size_bytes", "is not positive"));
        }
        let done = Completed {
            id: parse_id("file_id", &request.file_id)?,
            size_bytes: request.size_bytes,
            mime_type: media_type(&request.mime_type),
            width: figure(request.width),
            height: figure(request.height),
            sha256: request.sha256,
        };
        let row = ops::complete(&self.db.pool, &done).await?;
        Ok(Response::new(CompleteFileResponse { file: Some(row.into()) }))
    }

    async fn get_file(&self, request: Request<GetFileRequest>) -> Result<Response<GetFileResponse>, Status> {
        let viewer = Viewer::reader(&request)?;
        let reader = self.db.reader(&request)?;
        let request = request.into_inner();
        let id = parse_id("file_id", &request.file_id)?;
        let row = match ops::get(&self.db.pool, &viewer, id).await? {
            Seen::Own(row) => row,
            Seen::Of(attachment) => {
                note(reader, &attachment, request.saved).await?;
                attachment.file
            }
        };
        Ok(Response::new(GetFileResponse { file: Some(row.into()) }))
    }
}

/// What a dialog shows in place is read with it. What stands for itself is on record by itself.
async fn note(reader: Reader<'_>, attachment: &Attachment, saved: bool) -> Result<(), Status> {
    let Attachment { file, conversation, of, is_original } = attachment;
    let kind = if *is_original { AccessKind::LetterOriginal } else { AccessKind::File };
    if *is_original || saved || reader.is_by_key() || file.mime_type == "application/pdf" {
        return reader.note(kind, file.file_id, Turn::Opens, ready(Ok(*of))).await;
    }
    reader.conversation(*conversation, Turn::ReadsOn).await
}

fn upload(request: CreateFileRequest) -> Result<Upload, Status> {
    let id: FileId = parse_id("file_id", &request.file_id)?;
    if request.size_bytes < 1 {
        return Err(invalid_field("size_bytes", "is not positive"));
    }
    if request.size_bytes > LIMIT_BYTES {
        return Err(FileError::TooLarge { file: id }.into());
    }
    let voice = match request.kind() {
        AttachmentKind::Unspecified => false,
        AttachmentKind::Voice => true,
        _ => return Err(invalid_field("kind", "is neither VOICE nor left out")),
    };
    let mime_type = media_type(&request.mime_type);
    if voice && !mime_type.starts_with("audio/") {
        return Err(invalid_field("mime_type", "is no sound, which VOICE wants"));
    }
    Ok(Upload {
        id,
        name: safe_name(&request.name),
        mime_type,
        size_bytes: request.size_bytes,
        duration_ms: figure(request.duration_ms),
        object_key: format!("up/{id}"),
        voice,
        ..Upload::default()
    })
}

/// What a column holds of a figure that no honest file has.
fn figure(stated: u32) -> i32 {
    i32::try_from(stated).unwrap_or(i32::MAX)
}

impl From<Row> for File {
    fn from(row: Row) -> Self {
        Self {
            file_id: row.file_id.to_string(),
            name: row.name,
            mime_type: row.mime_type,
            size_bytes: row.size_bytes,
            state: row.state.into(),
            created_at: Some(rpc::timestamp(row.created_at)),
            width: row.width.cast_unsigned(),
            height: row.height.cast_unsigned(),
            duration_ms: row.duration_ms.cast_unsigned(),
            object_key: row.object_key,
        }
    }
}
