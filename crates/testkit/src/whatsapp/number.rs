use std::fmt;
use std::sync::Arc;

use serde_json::Value;

use super::state::{Shape, Shared, UserState};
use super::user::User;
use super::webhook;

/// A business's number, as the test sees it.
#[derive(Clone)]
pub struct Number {
    shared: Arc<Shared>,
    id: String,
    business: String,
    token: String,
    secret: String,
}

impl Number {
    pub(super) fn new(shared: Arc<Shared>, id: String) -> Self {
        let world = shared.world();
        let business = world.numbers[&id].business.clone();
        let app = &world.apps[&business];
        let (token, secret) = (app.token.clone(), app.secret.clone());
        drop(world);
        Self { shared, id, business, token, secret }
    }

    /// The phone number id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The WhatsApp Business account's id.
    pub fn business(&self) -> &str {
        &self.business
    }

    pub fn token(&self) -> &str {
        &self.token
    }

    pub fn app_secret(&self) -> &str {
        &self.secret
    }

    /// Makes a person who may write to this number.
    pub fn user(&self, shape: Shape) -> User {
        let mut world = self.shared.world();
        let index = world.users.len();
        world.users.push(UserState {
            number: self.id.clone(),
            shape,
            received: Vec::new(),
            last_wrote: None,
            blocks: false,
            typing_seen: Vec::new(),
            read_by_business: Vec::new(),
        });
        drop(world);
        User::new(self.shared.clone(), self.id.clone(), index)
    }

    /// Adds a template to the account's, as Meta would list it.
    pub fn template(&self, template: Value) {
        let mut world = self.shared.world();
        if let Some(app) = world.apps.get_mut(&self.business) {
            app.templates.retain(|one| (&one["name"], &one["language"]) != (&template["name"], &template["language"]));
            app.templates.push(template);
        }
    }

    /// What Meta says of the number: `CONNECTED`, `BANNED` and so on.
    pub fn set_status(&self, status: &str) {
        if let Some(number) = self.shared.world().numbers.get_mut(&self.id) {
            number.status = status.to_owned();
        }
    }

    /// Sets the app's callback URL as on its page: Meta asks it for the challenge first. `false`: it was not verified.
    pub async fn set_app_callback(&self, url: &str, verify_token: &str) -> bool {
        let verified = webhook::verifies(&self.shared, url, verify_token).await;
        if verified && let Some(app) = self.shared.world().apps.get_mut(&self.business) {
            app.callback = Some(url.to_owned());
        }
        self.shared.wake();
        verified
    }

    /// The number's own callback URL.
    pub fn callback(&self) -> Option<String> {
        self.shared.world().numbers[&self.id].callback.clone()
    }

    /// Delivers a change of this number as it is.
    pub fn push(&self, change: Value) {
        webhook::tell(&self.shared, "pushed", &self.id, change);
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Number({})", self.id)
    }
}
