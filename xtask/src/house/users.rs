//! NATS users: one for the services, one per channel with its own rights, as in production. Made anew at each start.

use anyhow::{Context, Result};

use super::{Plan, variables::Variables};
use crate::sh;

/// The users of this start.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Users {
    /// For nats-server's configuration.
    pub authorization: String,
    logins: Vec<(String, String)>,
}

/// What the services are called; a gateway is called `gateway-<channel>`.
const SERVICES: &str = "okno";

impl Users {
    /// Asks `okno nats-config`.
    pub fn new(plan: &Plan) -> Result<Self> {
        let config = sh::output(sh::command(&plan.binary).arg("nats-config"))?;
        Self::parse(&config).context("`okno nats-config` printed no authorization block with users")
    }

    fn parse(config: &str) -> Option<Self> {
        let authorization = config[config.find("authorization {")?..].to_owned();
        let logins = authorization.lines().filter_map(login).collect::<Vec<_>>();
        (!logins.is_empty()).then_some(Self { authorization, logins })
    }

    /// `OKNO_NATS_URL`, and `OKNO_NATS_URL_<CHANNEL>` for each channel.
    pub fn urls(&self, port: u16) -> Variables {
        let url = |(user, password): &(String, String)| format!("nats://{user}:{password}@127.0.0.1:{port}");
        self.logins.iter().filter_map(|login| Some((variable(&login.0)?, url(login)))).collect()
    }
}

fn variable(user: &str) -> Option<String> {
    if user == SERVICES {
        return Some("OKNO_NATS_URL".to_owned());
    }
    user.strip_prefix("gateway-").map(|channel| format!("OKNO_NATS_URL_{}", channel.to_uppercase()))
}

/// `{ user: "a", password: "b", ...`
fn login(line: &str) -> Option<(String, String)> {
    let value = |name: &str| {
        let rest = line.split_once(&format!("{name}: \""))?.1;
        Some(rest.split_once('"')?.0.to_owned())
    };
    Some((value("user")?, value("password")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: &str = r#"# Users
jetstream { store_dir: "/data" }
authorization {
  users = [
    { user: "okno", password: "aa" }
    { user: "gateway-telegram", password: "bb",
      permissions: { publish: { allow: ["okno.in.*.telegram.*"] } } }
  ]
}
"#;

    #[test]
    fn every_user_becomes_a_variable() {
        let users = Users::parse(CONFIG).expect("two users");
        assert!(users.authorization.starts_with("authorization {") && users.authorization.ends_with("}\n"));
        let urls = users.urls(4222);
        assert_eq!(urls["OKNO_NATS_URL"], "nats://okno:aa@127.0.0.1:4222");
        assert_eq!(urls["OKNO_NATS_URL_TELEGRAM"], "nats://gateway-telegram:bb@127.0.0.1:4222");
    }

    #[test]
    fn a_configuration_without_users_is_no_configuration() {
        assert_eq!(Users::parse("jetstream {}"), None);
        assert_eq!(Users::parse("authorization { users = [] }"), None);
    }
}
