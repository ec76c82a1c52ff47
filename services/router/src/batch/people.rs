//! Who the facts of a batch are from. A person is found by every address that names them: their own, and the ids that
//! the provider vouches for (aliases of kind PROVIDER_ID). What somebody merely claims never names anyone.

use std::collections::{BTreeSet, HashMap};

use contracts::channel::{Alias, AliasKind, Peer, Source, inbound::Body};
use model::ContactPointId;
use sqlx::PgConnection;
use uuid::Uuid;

use super::fact::Fact;

/// What names a contact point: channel, scope, address.
pub type PointKey = (String, String, String);

/// Provider ids that one peer may bring.
const IDS: usize = 8;

/// The contact points of a batch.
#[derive(Debug, Default)]
pub struct People {
    points: HashMap<PointKey, ContactPointId>,
    /// Contact points that a fact says are one person's; a job joins them.
    pub same: BTreeSet<(ContactPointId, ContactPointId)>,
}

impl People {
    pub fn of(&self, fact: &Fact) -> Option<ContactPointId> {
        self.points.get(&key(fact, fact.inbound.peer.as_ref()?)).copied()
    }
}

/// A peer as all facts of the batch tell of it.
#[derive(Debug, Default)]
struct Told {
    key: PointKey,
    peer: Peer,
    source: Option<Source>,
    /// The last fact by which this address is surely in use.
    speaks_at: Option<usize>,
}

impl Told {
    /// Its own address, and the ids that the provider vouches for.
    fn names(&self) -> impl Iterator<Item = &str> {
        let ids = self.peer.aliases.iter().filter(|alias| is_id(alias)).map(|alias| alias.value.as_str());
        std::iter::once(self.key.2.as_str()).chain(ids.filter(|id| *id != self.key.2).take(IDS))
    }

    fn named(&self, name: &str) -> PointKey {
        (self.key.0.clone(), self.key.1.clone(), name.to_owned())
    }
}

fn is_id(alias: &Alias) -> bool {
    alias.kind() == AliasKind::ProviderId && !alias.claimed && !alias.value.is_empty() && alias.value.len() <= 256
}

fn key(fact: &Fact, peer: &Peer) -> PointKey {
    (fact.channel.to_string(), peer.scope.clone(), peer.address.clone())
}

/// Finds the people of these facts and makes those that are new: one statement, seldom two.
pub async fn find(db: &mut PgConnection, facts: &[&Fact]) -> sqlx::Result<People> {
    let told = told(facts);
    if told.is_empty() {
        return Ok(People::default());
    }
    let groups = groups(&told);
    let mut found = put(db, &told, &groups).await?;
    let missing: BTreeSet<PointKey> =
        told.iter().flat_map(|one| one.names().map(|n| one.named(n))).filter(|k| !found.contains_key(k)).collect();
    if !missing.is_empty() {
        found.extend(made_by_others(db, &missing).await?);
    }
    Ok(people(&told, &groups, &found))
}

fn told(facts: &[&Fact]) -> Vec<Told> {
    let mut told: HashMap<PointKey, Told> = HashMap::new();
    for (i, fact) in facts.iter().enumerate().filter(|(_, fact)| fact.opens_conversation()) {
        let Some(peer) = &fact.inbound.peer else { continue };
        let key = key(fact, peer);
        let one = told.entry(key.clone()).or_default();
        one.key = key;
        one.peer = later(std::mem::take(&mut one.peer), peer);
        one.source = one.source.take().or_else(|| fact.inbound.source.clone());
        if speaks(fact) {
            one.speaks_at = Some(i);
        }
    }
    let mut told: Vec<Told> = told.into_values().collect();
    told.sort_by(|a, b| (a.speaks_at, &a.key).cmp(&(b.speaks_at, &b.key)));
    told
}

/// Whether the fact shows that the person is to be reached at this address now. A receipt may be of an older order.
fn speaks(fact: &Fact) -> bool {
    let body = fact.inbound.body.as_ref();
    !fact.again
        && matches!(
            body,
            Some(Body::Message(_) | Body::OwnEcho(_) | Body::ConversationStarted(_) | Body::ButtonCallback(_))
        )
}

/// A peer as two facts tell of it: the later one wins where it says anything, aliases kind by kind. What is claimed
/// takes the place of what was claimed only. Ids add up: a former one may be all that leads to who is known.
fn later(before: Peer, now: &Peer) -> Peer {
    let or = |now: &String, before: String| if now.is_empty() { before } else { now.clone() };
    let replaced = |old: &Alias| {
        let takes_its_place = |new: &&Alias| !is_id(old) || new.value == old.value;
        now.aliases
            .iter()
            .filter(|new| new.kind == old.kind)
            .any(|new| (new.claimed == old.claimed && takes_its_place(&new)) || (old.claimed && new.value == old.value))
    };
    let old = before.aliases.into_iter().filter(|old| !replaced(old));
    Peer {
        scope: now.scope.clone(),
        address: now.address.clone(),
        display_name: or(&now.display_name, before.display_name),
        aliases: now.aliases.iter().cloned().chain(old).collect(),
        language: or(&now.language, before.language),
        avatar_ref: or(&now.avatar_ref, before.avatar_ref),
        reply_address: or(&now.reply_address, before.reply_address),
    }
}

/// Which peers name a common address: the same number for each of them, that of the last.
fn groups(told: &[Told]) -> Vec<usize> {
    let mut group: Vec<usize> = (0..told.len()).collect();
    let mut first: HashMap<PointKey, usize> = HashMap::new();
    for (i, one) in told.iter().enumerate() {
        for name in one.names() {
            let Some(other) = first.insert(one.named(name), i) else { continue };
            let (from, to) = (group[other], group[i]);
            group.iter_mut().filter(|g| **g == from).for_each(|g| *g = to);
        }
    }
    group
}

fn people(told: &[Told], groups: &[usize], found: &HashMap<PointKey, ContactPointId>) -> People {
    let mut people = People::default();
    for (one, group) in told.iter().zip(groups) {
        let named: Vec<ContactPointId> = one.names().filter_map(|n| found.get(&one.named(n)).copied()).collect();
        let own = found.get(&one.key).copied().or_else(|| {
            let others = told.iter().zip(groups).filter(|(_, g)| *g == group).map(|(other, _)| other);
            others.flat_map(|other| other.names().map(|n| other.named(n))).find_map(|k| found.get(&k).copied())
        });
        let Some(own) = own else { continue };
        people.points.insert(one.key.clone(), own);
        people.same.extend(named.into_iter().filter(|other| *other != own).map(|b| (own.min(b), own.max(b))));
    }
    people
}

/// What a statement is given of one peer. A group's last peer leads: should nobody of the group be known, it is made with
/// all that the group tells.
struct Row<'a> {
    told: &'a Told,
    peer: Peer,
    id: Uuid,
    leads: bool,
    names: BTreeSet<&'a str>,
}

fn rows<'a>(told: &'a [Told], groups: &[usize]) -> Vec<Row<'a>> {
    let ids: Vec<Uuid> = told.iter().map(|_| Uuid::now_v7()).collect();
    let row = |(i, one): (usize, &'a Told)| {
        let leads = groups[i] == i;
        let members = || told.iter().zip(groups).filter(|(_, group)| **group == groups[i]).map(|(other, _)| other);
        let peer =
            if leads { members().fold(Peer::default(), |peer, one| later(peer, &one.peer)) } else { one.peer.clone() };
        Row { told: one, peer, id: ids[groups[i]], leads, names: members().flat_map(Told::names).collect() }
    };
    told.iter().enumerate().map(row).collect()
}

/// Statement: finds by every name, makes who is not known, adds new names, and keeps what is told of them: the last name
/// wins, and the last aliases of a kind, so that a phone once shared stays though later messages tell the user name alone.
async fn put(
    db: &mut PgConnection,
    told: &[Told],
    groups: &[usize],
) -> sqlx::Result<HashMap<PointKey, ContactPointId>> {
    let rows = rows(told, groups);
    let column = |f: &dyn Fn(&Row<'_>) -> String| rows.iter().map(f).collect::<Vec<_>>();
    let numbers: Vec<i32> = (0..).take(rows.len()).collect();
    let sources: Vec<Option<Vec<u8>>> =
        rows.iter().map(|r| r.told.source.as_ref().map(prost::Message::encode_to_vec)).collect();
    let (name_of, names): (Vec<i32>, Vec<String>) =
        numbers.iter().zip(&rows).flat_map(|(n, r)| r.names.iter().map(|name| (*n, (*name).to_owned()))).unzip();
    let found = sqlx::query!(
        r#"with given as (
               select * from unnest($1::int[], $2::uuid[], $3::bool[], $4::text[], $5::text[], $6::text[], $7::text[],
                   $8::jsonb[], $9::text[], $10::text[], $11::bytea[], $12::bool[])
                   as g(n, id, leads, channel, scope, address, display_name, aliases, language, avatar_ref, first_source,
                        speaks)),
           names as (
               select g.n, g.id, g.channel, g.scope, x.name, x.name = g.address as own
               from unnest($13::int[], $14::text[]) x(n, name) join given g on g.n = x.n),
           known as (
               select x.n, x.own, x.channel, x.scope, x.name, a.contact_point_id from names x
                   join inbox.contact_address a on a.channel = x.channel and a.scope = x.scope and a.address = x.name),
           chosen as (
               select distinct on (n) n, contact_point_id from known order by n, own desc, contact_point_id),
           made as (
               insert into inbox.contact_point (contact_point_id, channel, scope, address, display_name, aliases,
                   language, avatar_ref, first_source)
               select id, channel, scope, address, display_name, aliases, language, avatar_ref, first_source from given g
               where leads and not exists (select from chosen c where c.n = g.n) order by channel, scope, address
               on conflict (channel, scope, address) do nothing returning contact_point_id),
           named as (
               insert into inbox.contact_address (channel, scope, address, contact_point_id)
               select distinct on (x.channel, x.scope, x.name) x.channel, x.scope, x.name,
                   coalesce(c.contact_point_id, m.contact_point_id)
               from names x left join chosen c on c.n = x.n left join made m on m.contact_point_id = x.id
               where coalesce(c.contact_point_id, m.contact_point_id) is not null and not exists (
                   select from known k where k.channel = x.channel and k.scope = x.scope and k.name = x.name)
               order by x.channel, x.scope, x.name, x.own desc
               on conflict do nothing returning channel, scope, address, contact_point_id),
           news as (
               select distinct on (c.contact_point_id) c.contact_point_id, g.address, g.display_name, g.aliases,
                   g.language, g.avatar_ref, g.first_source, g.speaks
               from chosen c join given g on g.n = c.n order by c.contact_point_id, g.n desc),
           locked as (
               select p.contact_point_id from inbox.contact_point p join news t on t.contact_point_id = p.contact_point_id
               where t.display_name not in ('', p.display_name) or not p.aliases @> t.aliases
                   or t.language not in ('', p.language) or t.avatar_ref not in ('', p.avatar_ref)
                   or (p.first_source is null and t.first_source is not null)
                   or (t.speaks and t.address <> coalesce(p.latest_address, p.address))
               order by p.contact_point_id for update of p),
           updated as (
               update inbox.contact_point p set
                   display_name = coalesce(nullif(t.display_name, ''), p.display_name),
                   aliases = t.aliases || coalesce((
                       select jsonb_agg(old) from jsonb_array_elements(p.aliases) old
                       where not exists (
                           select from jsonb_array_elements(t.aliases) new
                           where new -> 'kind' = old -> 'kind' and (
                               new -> 'claimed' = coalesce(old -> 'claimed', 'false')
                               or (old -> 'claimed' = 'true' and new -> 'value' = old -> 'value')))), '[]'),
                   language = coalesce(nullif(t.language, ''), p.language),
                   avatar_ref = coalesce(nullif(t.avatar_ref, ''), p.avatar_ref),
                   first_source = coalesce(p.first_source, t.first_source),
                   latest_address = case when t.speaks then nullif(t.address, p.address) else p.latest_address end
               from news t join locked l on l.contact_point_id = t.contact_point_id
               where p.contact_point_id = t.contact_point_id)
           select channel as "channel!", scope as "scope!", name as "address!", contact_point_id as "id!" from known
           union
           select channel, scope, address, contact_point_id from named"#,
        &numbers,
        &rows.iter().map(|r| r.id).collect::<Vec<_>>(),
        &rows.iter().map(|r| r.leads).collect::<Vec<_>>(),
        &column(&|r| r.told.key.0.clone()),
        &column(&|r| r.told.key.1.clone()),
        &column(&|r| r.told.key.2.clone()),
        &column(&|r| r.peer.display_name.clone()),
        &rows.iter().map(|r| aliases(&r.peer)).collect::<Vec<_>>(),
        &column(&|r| r.peer.language.clone()),
        &column(&|r| r.peer.avatar_ref.clone()),
        &sources as &[Option<Vec<u8>>],
        &rows.iter().map(|r| r.told.speaks_at.is_some()).collect::<Vec<_>>(),
        &name_of,
        &names,
    )
    .fetch_all(db)
    .await?;
    Ok(found.into_iter().map(|row| ((row.channel, row.scope, row.address), row.id.into())).collect())
}

/// Statement, seldom: people whom another part's worker has made known since ours began.
async fn made_by_others(
    db: &mut PgConnection,
    keys: &BTreeSet<PointKey>,
) -> sqlx::Result<Vec<(PointKey, ContactPointId)>> {
    let column = |f: fn(&PointKey) -> &String| keys.iter().map(|key| f(key).clone()).collect::<Vec<_>>();
    let rows = sqlx::query!(
        "select a.contact_point_id, a.channel, a.scope, a.address
         from unnest($1::text[], $2::text[], $3::text[]) k(channel, scope, address)
             join inbox.contact_address a on a.channel = k.channel and a.scope = k.scope and a.address = k.address",
        &column(|key| &key.0),
        &column(|key| &key.1),
        &column(|key| &key.2),
    )
    .fetch_all(db)
    .await?;
    Ok(rows.into_iter().map(|row| ((row.channel, row.scope, row.address), row.contact_point_id.into())).collect())
}

fn aliases(peer: &Peer) -> serde_json::Value {
    let alias = |a: &Alias| serde_json::json!({ "kind": a.kind, "value": a.value, "claimed": a.claimed });
    peer.aliases.iter().map(alias).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alias(kind: AliasKind, value: &str) -> Alias {
        Alias { kind: kind.into(), value: value.into(), claimed: false }
    }

    fn claimed(kind: AliasKind, value: &str) -> Alias {
        Alias { claimed: true, ..alias(kind, value) }
    }

    fn told(address: &str, aliases: Vec<Alias>) -> Told {
        let key = ("test".to_owned(), String::new(), address.to_owned());
        Told { key, peer: Peer { address: address.into(), aliases, ..Peer::default() }, ..Told::default() }
    }

    #[test]
    fn a_later_fact_of_a_batch_takes_nothing_back_that_it_does_not_tell() {
        let named = |name: &str, aliases| Peer { display_name: name.into(), aliases, ..Peer::default() };
        let before = named("Anna", vec![alias(AliasKind::Username, "anna"), alias(AliasKind::Phone, "+79990000001")]);
        let now = named("", vec![alias(AliasKind::Username, "anna_b")]);
        let both = later(before, &now);
        assert_eq!(both.display_name, "Anna");
        assert_eq!(both.aliases, [alias(AliasKind::Username, "anna_b"), alias(AliasKind::Phone, "+79990000001")]);
    }

    #[test]
    fn what_is_claimed_replaces_nothing_that_is_vouched_for() {
        let of = |aliases| Peer { aliases, ..Peer::default() };
        let (proven, typed) = (alias(AliasKind::Phone, "+79990000001"), claimed(AliasKind::Phone, "+79990000002"));
        let both = later(of(vec![proven.clone()]), &of(vec![typed.clone()]));
        assert_eq!(both.aliases, [typed.clone(), proven]);
        let now_proven = alias(AliasKind::Phone, "+79990000002");
        assert_eq!(later(both, &of(vec![now_proven.clone()])).aliases, [now_proven], "the claim came true");
    }

    #[test]
    fn a_former_id_still_names_who_comes_by_a_new_one_in_the_same_batch() {
        let ids = |values: &[&str]| values.iter().map(|value| alias(AliasKind::ProviderId, value)).collect::<Vec<_>>();
        let of = |aliases| Peer { aliases, ..Peer::default() };
        let both = later(of(ids(&["new", "former"])), &of(ids(&["new"])));
        assert_eq!(both.aliases, ids(&["new", "former"]));
    }

    #[test]
    fn peers_that_name_each_other_are_one_group_however_they_are_chained() {
        let id = |value| alias(AliasKind::ProviderId, value);
        let all = [
            told("a", vec![]),
            told("b", vec![id("c")]),
            told("c", vec![]),
            told("d", vec![id("a"), id("b")]),
            told("e", vec![claimed(AliasKind::ProviderId, "a")]),
        ];
        assert_eq!(groups(&all), [3, 3, 3, 3, 4]);
    }
}
