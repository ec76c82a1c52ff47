//! Search as one types and the card, in a base of clients, through the edge as the page asks.

use anyhow::Result;
use contracts::crm::{
    ClientFilter, FindClientsRequest, GetClientPotentialRequest, GetClientRequest, ListClientFeedRequest,
    ListClientLinksRequest, ListClientsRequest, ListConsentsRequest, ListContactsRequest, ListContractsRequest,
};
use tokio::time::Instant;

use super::{Context, stage::statements};
use crate::{
    clients::{self, name, phone},
    load::Latency,
    people::Person,
    report::Run,
    usage::{Snapshot, resident_mib},
};

/// Clients that are looked for, each letter by letter.
const LOOKED_FOR: u64 = 100;
/// Letters before anything is asked for.
const SHORTEST: usize = 2;

pub async fn run(context: &Context<'_>) -> Result<Run> {
    let options = context.options;
    let clients = options.clients.unwrap_or(options.many(1_000_000, 2_000) as u64);
    let looks = options.many(usize::try_from(LOOKED_FOR)?, 5) as u64;
    let house = context.house().await?;
    let admin = Person::sign_in(&house.edge(), "admin").await?;
    let began = Instant::now();
    clients::fill(&house.pool, clients).await?;
    let mut run = Run::default();
    run.figure("clients", "", clients as f64);
    run.figure("filled in", "s", began.elapsed().as_secs_f64());
    let chosen = |n: u64| n * (clients / looks).max(1) + 1;
    // Who has worked a day has asked for something before.
    for n in 0..3 {
        typed(&admin, &name(chosen(n)), &mut Latency::default()).await?;
    }
    let processes = house.processes();
    let snapshot = Snapshot::take(&processes);
    let (mut search, mut slips, mut list, mut card) =
        (Latency::default(), Latency::default(), Latency::default(), Latency::default());
    let (mut found, mut slipped) = (0, 0);
    for n in 0..looks {
        let (number, wanted) = (chosen(n), name(chosen(n)));
        let names = typed(&admin, &wanted, &mut search).await?;
        found += u64::from(names.contains(&wanted));
        typed(&admin, &phone(number), &mut search).await?;
        let answer = timed(&mut slips, find(&admin, &slip(&wanted))).await?;
        slipped += u64::from(answer.iter().take(3).any(|(_, name)| *name == wanted));
        let filter = ClientFilter { query: wanted.clone(), ..ClientFilter::default() };
        let request = ListClientsRequest { filter: Some(filter), ..ListClientsRequest::default() };
        let listed = timed(&mut list, async { Ok(admin.clients().list_clients(request).await?.into_inner()) }).await?;
        if let Some(client) = listed.clients.into_iter().next() {
            Box::pin(timed(&mut card, whole_card(&admin, client.client_id))).await?;
        }
    }
    run.usage = snapshot.until_now(&processes);
    run.done = search.quantiles().count;
    run.figure("search p95", "ms", search.quantiles().p95);
    run.figure("search with a slip p95", "ms", slips.quantiles().p95);
    run.figure("list by name p95", "ms", list.quantiles().p95);
    run.figure("card p95", "ms", card.quantiles().p95);
    run.figure("with a slip among the first three", "%", slipped as f64 * 100.0 / looks as f64);
    run.figure("okno resident", "MiB", resident_mib(&processes, "okno"));
    run.all_of(looks - found, "clients were not found by their whole name");
    run.latencies.extend([("search", search), ("search with a slip", slips), ("list", list), ("card", card)]);
    if options.statements {
        run.notes.extend(statements(&house.pool).await?);
    }
    house.close().await;
    Ok(run)
}

/// Asks at each letter; gives the names that the last answer has.
async fn typed(who: &Person, text: &str, latency: &mut Latency) -> Result<Vec<String>> {
    let mut answer = Vec::new();
    for (at, letter) in text.char_indices().skip(SHORTEST - 1) {
        answer = timed(latency, find(who, &text[..at + letter.len_utf8()])).await?;
    }
    Ok(answer.into_iter().map(|(_, name)| name).collect())
}

/// Ids and names, best first.
async fn find(who: &Person, query: &str) -> Result<Vec<(String, String)>> {
    let request = FindClientsRequest { query: query.to_owned(), ..FindClientsRequest::default() };
    let answer = who.clients().find_clients(request).await?.into_inner();
    Ok(answer.clients.into_iter().map(|client| (client.client_id, client.name)).collect())
}

/// Two letters in each other's place.
fn slip(name: &str) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    letters.swap(2, 3);
    letters.into_iter().collect()
}

/// All that the page asks for when a card is opened, at once as it does.
async fn whole_card(who: &Person, client_id: String) -> Result<()> {
    let (mut clients, mut contacts, mut contracts) = (who.clients(), who.contacts(), who.contracts());
    let (mut feeds, mut links, mut consents, mut potential) =
        (who.feeds(), who.links(), who.consents(), who.potential());
    let of = || client_id.clone();
    tokio::try_join!(
        clients.get_client(GetClientRequest { client_id: of() }),
        contacts.list_contacts(ListContactsRequest { client_id: of(), ..Default::default() }),
        contracts.list_contracts(ListContractsRequest { client_id: of(), ..Default::default() }),
        feeds.list_client_feed(ListClientFeedRequest { client_id: of(), ..Default::default() }),
        links.list_client_links(ListClientLinksRequest { client_id: of() }),
        consents.list_consents(ListConsentsRequest { client_id: of() }),
        potential.get_client_potential(GetClientPotentialRequest { client_id: of() }),
    )?;
    Ok(())
}

async fn timed<T>(latency: &mut Latency, work: impl Future<Output = Result<T>>) -> Result<T> {
    let began = Instant::now();
    let done = work.await?;
    latency.record(began.elapsed());
    Ok(done)
}
