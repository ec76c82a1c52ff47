use std::collections::HashMap;

use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::header;
use bytes::Bytes;
use serde_json::{Map, Value};

use super::error::{Answer, ApiError};

/// The room for the other fields of a call with uploads.
const FIELDS: usize = 1 << 20;

/// A file that came as a part of a multipart body.
#[derive(Debug, Clone)]
pub(super) struct Upload {
    pub(super) name: String,
    pub(super) mime: Option<String>,
    pub(super) bytes: Bytes,
}

/// The parameters of a call, whichever of the four encodings they came in: the query string, a form, JSON, multipart.
#[derive(Debug, Default)]
pub(super) struct Params {
    values: Map<String, Value>,
    files: HashMap<String, Upload>,
    /// The most bytes of one upload.
    pub(super) upload_limit: usize,
}

impl Params {
    pub(super) async fn read(request: Request, upload_limit: usize) -> Answer<Self> {
        let mut params = Self { upload_limit, ..Self::default() };
        params.read_form(request.uri().query().unwrap_or_default().as_bytes());
        let (parts, body) = request.into_parts();
        let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_lowercase();
        let body = axum::body::to_bytes(body, upload_limit + FIELDS).await;
        let body = body.map_err(|_| ApiError::new(413, "Request Entity Too Large"))?;
        match kind.as_str() {
            "application/x-www-form-urlencoded" => params.read_form(&body),
            "application/json" if !body.is_empty() => params.read_json(&body)?,
            "multipart/form-data" => params.read_multipart(Request::from_parts(parts, Body::from(body))).await?,
            _ => {}
        }
        Ok(params)
    }

    fn read_form(&mut self, form: &[u8]) {
        for (name, value) in url::form_urlencoded::parse(form) {
            self.values.insert(name.into_owned(), Value::String(value.into_owned()));
        }
    }

    fn read_json(&mut self, body: &[u8]) -> Answer<()> {
        match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) => self.values.extend(fields.into_iter().filter(|(_, value)| !value.is_null())),
            _ => return Err(ApiError::bad("can't parse JSON object")),
        }
        Ok(())
    }

    async fn read_multipart(&mut self, request: Request) -> Answer<()> {
        let broken = |_| ApiError::bad("can't parse multipart body");
        let mut request = request;
        DefaultBodyLimit::disable().apply(&mut request);
        let parts = Multipart::from_request(request, &()).await;
        let mut parts = parts.map_err(|_| ApiError::bad("can't parse multipart body"))?;
        while let Some(part) = parts.next_field().await.map_err(broken)? {
            let Some(name) = part.name().map(str::to_owned) else { continue };
            let file = part.file_name().map(str::to_owned);
            let mime = part.content_type().map(str::to_owned);
            let bytes = part.bytes().await.map_err(broken)?;
            match file {
                Some(file) => drop(self.files.insert(name, Upload { name: file, mime, bytes })),
                None => drop(self.values.insert(name, Value::String(String::from_utf8_lossy(&bytes).into_owned()))),
            }
        }
        Ok(())
    }

    /// All fields as one object, for the log of calls; files stand as their sizes.
    pub(super) fn to_json(&self) -> Value {
        let mut all = self.values.clone();
        for (name, file) in &self.files {
            all.insert(name.clone(), serde_json::json!({ "file_name": file.name, "size_bytes": file.bytes.len() }));
        }
        Value::Object(all)
    }

    pub(super) fn from_json(value: &Value, files: &Self) -> Self {
        let values = value.as_object().cloned().unwrap_or_default();
        Self { values, files: files.files.clone(), upload_limit: files.upload_limit }
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    pub(super) fn file(&self, name: &str) -> Option<&Upload> {
        self.files.get(name)
    }

    /// A scalar as text; an object or a list as its JSON.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        match self.values.get(name)? {
            Value::String(text) => Some(text.clone()),
            Value::Null => None,
            other => Some(other.to_string()),
        }
    }

    pub(super) fn non_empty(&self, name: &str) -> Option<String> {
        self.text(name).filter(|text| !text.is_empty())
    }

    /// A whole number. The real server reads what is none as 0; the fake is stricter, so that the mistake is seen.
    pub(super) fn integer(&self, name: &str) -> Answer<Option<i64>> {
        let Some(text) = self.non_empty(name) else { return Ok(None) };
        text.trim().parse().map(Some).map_err(|_| ApiError::bad(format!("invalid {name} value specified")))
    }

    pub(super) fn number(&self, name: &str) -> Answer<f64> {
        let text = self.non_empty(name).ok_or_else(|| ApiError::bad(format!("{name} is empty")))?;
        let number: f64 = text.trim().parse().map_err(|_| ApiError::bad(format!("{name} must be a number")))?;
        if number.is_finite() { Ok(number) } else { Err(ApiError::bad(format!("{name} must be a number"))) }
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.text(name).is_some_and(|text| matches!(text.to_lowercase().as_str(), "true" | "yes" | "1"))
    }

    /// A nested object or list: as it is in a JSON body, as a JSON string in the other encodings.
    pub(super) fn nested(&self, name: &str) -> Answer<Option<Value>> {
        match self.values.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if text.is_empty() => Ok(None),
            Some(Value::String(text)) => serde_json::from_str(text)
                .map(Some)
                .map_err(|_| ApiError::bad(format!("can't parse {} JSON object", name.replace('_', " ")))),
            Some(value) => Ok(Some(value.clone())),
        }
    }
}
