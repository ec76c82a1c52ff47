use std::collections::HashMap;

use axum::{
    extract::{FromRequest, Multipart, Request},
    http::header,
};
use serde_json::Value;

use super::error::VkError;

const BODY_BYTES: usize = 1 << 20;

/// The parameters of a call: of the address, and of a form. JSON is passed over, as VK does.
#[derive(Debug, Default, Clone)]
pub(super) struct Params(pub(super) HashMap<String, String>);

impl Params {
    pub(super) async fn read(request: Request) -> Self {
        let mut params = Self::default();
        params.form(request.uri().query().unwrap_or_default().as_bytes());
        let bearer = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let token = bearer.and_then(|value| value.strip_prefix("Bearer ")).map(str::to_owned);
        params.0.extend(token.map(|token| ("access_token".to_owned(), token)));
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        match kind.unwrap_or_default().split(';').next().unwrap_or_default() {
            "application/x-www-form-urlencoded" => {
                let body = axum::body::to_bytes(request.into_body(), BODY_BYTES).await.unwrap_or_default();
                params.form(&body);
            }
            "multipart/form-data" => params.multipart(request).await,
            _ => {}
        }
        params
    }

    fn form(&mut self, form: &[u8]) {
        self.0.extend(url::form_urlencoded::parse(form).into_owned());
    }

    async fn multipart(&mut self, request: Request) {
        let Ok(mut parts) = Multipart::from_request(request, &()).await else { return };
        while let Ok(Some(part)) = parts.next_field().await {
            let name = part.name().unwrap_or_default().to_owned();
            self.0.insert(name, part.text().await.unwrap_or_default());
        }
    }

    pub(super) fn text(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    pub(super) fn integer(&self, name: &str) -> Option<i64> {
        self.text(name).parse().ok()
    }

    pub(super) fn required(&self, name: &str) -> Result<i64, VkError> {
        self.integer(name).ok_or_else(|| VkError::param(&format!("{name} is undefined")))
    }

    pub(super) fn integers(&self, name: &str) -> Vec<i64> {
        self.text(name).split(',').filter_map(|text| text.trim().parse().ok()).collect()
    }

    pub(super) fn json(&self, name: &str) -> Option<Value> {
        serde_json::from_str(self.0.get(name)?).ok()
    }

    /// All but the key, for the list of calls.
    pub(super) fn shown(&self) -> Value {
        let all = self.0.iter().filter(|(name, _)| *name != "access_token");
        all.map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect()
    }
}
