use serde_json::{Value, json};

/// What VK answers, with HTTP 200, when it does not do something.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct VkError {
    pub(super) code: i64,
    pub(super) text: String,
}

pub(super) type Answer = Result<Value, VkError>;

impl VkError {
    pub(super) fn new(code: i64, text: &str) -> Self {
        Self { code, text: text.to_owned() }
    }

    /// A parameter is missing or wrong.
    pub(super) fn param(what: &str) -> Self {
        Self { code: 100, text: format!("One of the parameters specified was missing or invalid: {what}") }
    }

    pub(super) fn body(&self, method: &str) -> Value {
        let params = json!([{ "key": "method", "value": method }, { "key": "oauth", "value": "1" }]);
        json!({ "error": { "error_code": self.code, "error_msg": self.text, "request_params": params } })
    }
}
