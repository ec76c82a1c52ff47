use reqwest::multipart::{Form, Part};
use serde_json::Value;
use testkit::vk::{Community, FakeVk, Person, VkOptions};

/// A community's key in use.
pub struct Api {
    pub http: reqwest::Client,
    base: String,
    token: String,
    pub group: String,
}

pub async fn world(options: VkOptions) -> (FakeVk, Community, Person, Api) {
    let vk = FakeVk::start_with(options).await;
    let shop = vk.community();
    let anna = shop.person(77_001, "Анна");
    #[expect(clippy::disallowed_methods, reason = "it plays the adapter; egress guards the product's own calls")]
    let http = reqwest::Client::builder().no_proxy().build().expect("a client");
    let api = Api { http, base: vk.base_url(), token: shop.token(), group: shop.id().to_string() };
    (vk, shop, anna, api)
}

impl Api {
    pub async fn try_call(&self, method: &str, params: &[(&str, &str)]) -> reqwest::Result<Value> {
        let url = format!("{}/{method}", self.base);
        let fixed = [("v", "5.199"), ("access_token", &self.token), ("group_id", &self.group)];
        let answer = self.http.post(url).form(&[&fixed, params].concat()).send().await?;
        assert_eq!(answer.status(), 200, "errors come with 200, too");
        answer.json().await
    }

    pub async fn call(&self, method: &str, params: &[(&str, &str)]) -> Value {
        self.try_call(method, params).await.expect("an answer")
    }

    pub async fn ok(&self, method: &str, params: &[(&str, &str)]) -> Value {
        let mut answer = self.call(method, params).await;
        assert!(answer["error"].is_null(), "{method}: {answer}");
        answer["response"].take()
    }

    pub async fn code(&self, method: &str, params: &[(&str, &str)]) -> i64 {
        self.call(method, params).await["error"]["error_code"].as_i64().expect("an error")
    }

    pub async fn put(&self, url: &str, field: &'static str, name: &str, bytes: Vec<u8>) -> Value {
        let part = Part::bytes(bytes).file_name(name.to_owned());
        self.http
            .post(url)
            .multipart(Form::new().part(field, part))
            .send()
            .await
            .expect("an answer")
            .json()
            .await
            .expect("an answer")
    }
}
