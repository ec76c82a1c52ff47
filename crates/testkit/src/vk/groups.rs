//! `groups.*` and `users.get`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{
    callback::{self, Server},
    error::{Answer, VkError},
    params::Params,
    server::items,
    state::{Group, Shared, World},
};

const SERVERS_MOST: usize = 10;

pub(super) fn call(shared: &Arc<Shared>, id: i64, method: &str, params: &Params) -> Answer {
    let mut world = shared.world();
    match method {
        "users.get" => return Ok(users(&world, params)),
        "groups.getById" => return by_id(&world, id, params),
        "groups.getTokenPermissions" => {
            let rights = world.group(id).rights.iter().map(|name| json!({ "name": name, "setting": 1 }));
            return Ok(json!({ "mask": 4096, "permissions": rights.collect::<Vec<_>>() }));
        }
        _ => {}
    }
    if !world.group(id).rights.contains(&"manage") {
        return Err(VkError::new(15, "Access denied: group manage permission is required"));
    }
    if params.required("group_id")? != id {
        return Err(VkError::new(15, "Access denied: the key is of another community"));
    }
    let group = world.group(id);
    match method {
        "groups.setLongPollSettings" => {
            let events =
                params.0.iter().filter(|(name, value)| name.contains('_') && *value == "1" && *name != "group_id");
            group.poll.enabled = events.map(|(name, _)| name.clone()).collect();
            Ok(json!(1))
        }
        "groups.getLongPollServer" => {
            let ts = group.poll.log.len().to_string();
            group.poll.is_lost = false;
            Ok(
                json!({ "key": format!("key{}", group.poll.key), "server": format!("{}/poll/{id}", shared.base), "ts": ts }),
            )
        }
        "groups.getCallbackConfirmationCode" => Ok(json!({ "code": callback::code(id) })),
        "groups.getCallbackServers" => Ok(items(group.servers.iter().map(Server::shown).collect())),
        "groups.addCallbackServer" => add(shared, group, params),
        "groups.editCallbackServer" => edit(shared, group, params),
        "groups.deleteCallbackServer" => {
            let server = params.required("server_id")?;
            group.servers.retain(|one| one.id != server);
            Ok(json!(1))
        }
        "groups.setCallbackSettings" => {
            let server = find(group, params)?;
            let events = params.0.iter().filter(|(name, value)| name.contains('_') && *value == "1");
            server.events = events.map(|(name, _)| name.clone()).collect();
            Ok(json!(1))
        }
        _ => Err(VkError::new(3, "Unknown method passed")),
    }
}

fn users(world: &World, params: &Params) -> Value {
    params.integers("user_ids").into_iter().filter_map(|id| world.users.get(&id).cloned()).collect()
}

fn by_id(world: &World, own: i64, params: &Params) -> Answer {
    let mut ids = params.integers("group_ids");
    ids.extend(params.integer("group_id"));
    if ids.is_empty() {
        ids.push(own);
    }
    let shown = |id: &i64| json!({ "id": id, "name": format!("Окна {id}"), "screen_name": format!("okna{id}"), "type": "group" });
    if ids.iter().any(|id| !world.groups.contains_key(id)) {
        return Err(VkError::param("group_ids is undefined"));
    }
    Ok(json!({ "groups": ids.iter().map(shown).collect::<Vec<_>>(), "profiles": [] }))
}

fn find<'a>(group: &'a mut Group, params: &Params) -> Result<&'a mut Server, VkError> {
    let id = params.required("server_id")?;
    group
        .servers
        .iter_mut()
        .find(|one| one.id == id)
        .ok_or_else(|| VkError::new(2000, "Servers number limit is reached"))
}

fn described(params: &Params) -> Result<(String, String, String), VkError> {
    let [url, title, secret] = ["url", "title", "secret_key"].map(|name| params.text(name).to_owned());
    if !url.starts_with("http") || title.chars().count() > 14 || secret.chars().count() > 50 {
        return Err(VkError::param("url, title or secret_key"));
    }
    Ok((url, title, secret))
}

fn add(shared: &Arc<Shared>, group: &mut Group, params: &Params) -> Answer {
    let (url, title, secret) = described(params)?;
    if group.servers.len() >= SERVERS_MOST {
        return Err(VkError::new(2000, "Servers number limit is reached"));
    }
    let id = group.servers.iter().map(|one| one.id).max().unwrap_or_default() + 1;
    group.servers.push(Server::new(id, url, title, secret));
    shared.tasks.spawn(callback::confirm(shared.clone(), group.id, id));
    Ok(json!({ "server_id": id }))
}

/// A changed address is confirmed anew; so is one that failed.
fn edit(shared: &Arc<Shared>, group: &mut Group, params: &Params) -> Answer {
    let (url, title, secret) = described(params)?;
    let group_id = group.id;
    let server = find(group, params)?;
    let anew = server.url != url || server.status == "failed" || server.status == "unconfigured";
    (server.url, server.title, server.secret) = (url, title, secret);
    if anew {
        server.status = "wait";
        server.failures = 0;
        shared.tasks.spawn(callback::confirm(shared.clone(), group_id, server.id));
    }
    Ok(json!(1))
}
