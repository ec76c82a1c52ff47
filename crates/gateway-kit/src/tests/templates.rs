use std::time::Duration;

use contracts::channel::{
    ChannelTemplate, OrderResult, RefreshTemplatesOrder, TemplateApproval, Templates, inbound::Body, order,
};
use model::AccountId;
use testkit::eventually;

use super::world::{World, order_in};
use crate::ProviderError;

const LIMIT: Duration = Duration::from_secs(20);

fn template(name: &str) -> ChannelTemplate {
    ChannelTemplate {
        name: name.to_owned(),
        language: "ru".to_owned(),
        approval: TemplateApproval::Approved.into(),
        body: "Здравствуйте, {{body.1}}".to_owned(),
        ..ChannelTemplate::default()
    }
}

/// The lists that router was told, repeats of a fact once.
fn told(world: &World, account: AccountId) -> Vec<Templates> {
    let mut facts = world.router.arrived(account);
    let mut known = std::collections::HashSet::new();
    facts.retain(|fact| known.insert(fact.key.clone()));
    let list = |fact: contracts::channel::Inbound| match fact.body {
        Some(Body::Templates(list)) => Some(list),
        _ => None,
    };
    facts.into_iter().filter_map(list).collect()
}

fn names(list: &Templates) -> Vec<&str> {
    list.templates.iter().map(|template| template.name.as_str()).collect()
}

#[tokio::test]
async fn templates_are_told_when_the_account_opens_and_when_they_change() {
    let mut world = World::start().await;
    let (account, script) = world.account(&[]).await;
    let error = ProviderError::Temporary { text: "503".to_owned(), retry_after: None };
    script.template_errors.lock().push_back(error);
    *script.templates.lock() = vec![template("second"), template("first"), template("first")];
    let gateway = world.gateway_with(|config| config.timing.templates = Duration::from_millis(100)).await;
    let first = eventually("the list", LIMIT, async || told(&world, account).into_iter().next()).await;
    assert_eq!((names(&first), first.page, first.pages), (vec!["first", "second"], 0, 1));
    assert!(first.listed_at.is_some());
    script.templates.lock().reverse();
    script.templates.lock().push(template("third"));
    let second = eventually("the longer list", LIMIT, async || told(&world, account).into_iter().nth(1)).await;
    assert_eq!(names(&second), ["first", "second", "third"], "another order of the same list is no news");
    gateway.stop().await;
}

#[tokio::test]
async fn templates_are_told_at_once_when_router_asks() {
    let mut world = World::start().await;
    let (account, script) = world.account(&[]).await;
    let gateway = world.gateway().await;
    eventually("the empty list", LIMIT, async || told(&world, account).into_iter().next()).await;
    script.templates.lock().push(template("new"));
    let failing = order_in("_account", order::Body::RefreshTemplates(RefreshTemplatesOrder {}));
    let error = ProviderError::Temporary { text: "503".to_owned(), retry_after: None };
    script.template_errors.lock().push_back(error);
    world.order(account, &failing).await;
    assert!(result(&world, account, &failing.order_id).await.retry_at.is_some());
    let order = order_in("_account", order::Body::RefreshTemplates(RefreshTemplatesOrder {}));
    world.order(account, &order).await;
    assert_eq!(
        result(&world, account, &order.order_id).await,
        OrderResult { order_id: order.order_id.clone(), ..OrderResult::default() }
    );
    let lists = told(&world, account);
    assert_eq!(lists.iter().map(names).collect::<Vec<_>>(), [vec![], vec!["new"]], "told before the order is done");
    gateway.stop().await;
}

async fn result(world: &World, account: AccountId, order: &str) -> OrderResult {
    let of = |fact: &contracts::channel::Inbound| match &fact.body {
        Some(Body::OrderResult(result)) if result.order_id == order => Some(result.clone()),
        _ => None,
    };
    of(&world.router.fact(account, "the order's result", |fact| of(fact).is_some()).await).unwrap()
}
