//! What each NATS user may do. A channel reads its own orders and accounts and publishes its own facts, nothing else.

use std::fmt::Write;

use model::Channel;

use crate::names;

/// A NATS user of the configuration file.
#[derive(Debug, Clone)]
pub struct User {
    pub name: String,
    pub password: String,
    /// `None`: router, crm-core and the edge, which may do all.
    pub channel: Option<Channel>,
}

/// The `authorization` block of a nats-server configuration.
#[must_use]
pub fn authorization(users: &[User]) -> String {
    let mut text = String::from("authorization {\n  users = [\n");
    for user in users {
        let permissions = user.channel.as_ref().map(permissions).unwrap_or_default();
        let _ = writeln!(text, "    {{ user: {:?}, password: {:?}{permissions} }}", user.name, user.password);
    }
    text.push_str("  ]\n}\n");
    text
}

fn permissions(channel: &Channel) -> String {
    let publish = allowed_to_publish(channel).iter().map(|s| format!("{s:?}")).collect::<Vec<_>>().join(", ");
    let subscribe = allowed_to_subscribe(channel).iter().map(|s| format!("{s:?}")).collect::<Vec<_>>().join(", ");
    format!(
        ",\n      permissions: {{\n        publish: {{ allow: [{publish}] }},\n        subscribe: {{ allow: [{subscribe}] }},\n        allow_responses: true\n      }}"
    )
}

/// Subjects that a channel's user may publish to.
#[must_use]
pub fn allowed_to_publish(channel: &Channel) -> Vec<String> {
    let (orders, accounts) = (names::outlet_stream(channel), names::bucket_stream(names::ACCOUNTS));
    let (leases, positions) = (names::bucket_stream(names::LEASES), names::bucket_stream(names::POSITIONS));
    let own = format!("{channel}.>");
    let mut allowed = vec![
        format!("okno.in.*.{channel}.*"),
        names::gateway(channel),
        format!("okno.signal.{channel}.*"),
        format!("okno.peer.{channel}.>"),
        format!("okno.visit.{channel}.*"),
        "okno.ask.*".to_owned(),
        names::bucket_key(names::LEASES, &own),
        format!("$JS.API.DIRECT.GET.{leases}.{}", names::bucket_key(names::LEASES, &own)),
        format!("$JS.API.DIRECT.GET.{positions}.{}", names::bucket_key(names::POSITIONS, &own)),
        format!("{}.>", names::inbox_prefix(channel)),
    ];
    let filters = [(orders, names::outlet_subjects(channel)), (accounts, names::bucket_key(names::ACCOUNTS, &own))];
    for (stream, filter) in filters {
        allowed.push(format!("$JS.API.STREAM.INFO.{stream}"));
        allowed.push(format!("$JS.API.CONSUMER.CREATE.{stream}.*.{filter}"));
        allowed.push(format!("$JS.API.CONSUMER.MSG.NEXT.{stream}.>"));
        allowed.push(format!("$JS.API.CONSUMER.INFO.{stream}.>"));
        allowed.push(format!("$JS.API.CONSUMER.DELETE.{stream}.>"));
    }
    allowed
}

/// Subjects that a channel's user may read.
#[must_use]
pub fn allowed_to_subscribe(channel: &Channel) -> Vec<String> {
    vec![
        format!("{}.>", names::inbox_prefix(channel)),
        "okno.beat.*".to_owned(),
        names::probe(channel),
        names::accounts_hint(channel),
        format!("okno.peer.{channel}.>"),
        format!("okno.signal.{channel}.*"),
    ]
}
