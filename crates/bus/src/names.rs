//! Every subject, stream and bucket name in one place (fixed names of the architecture).

use model::{AccountId, Channel};

/// Account settings and sealed secrets.
pub const ACCOUNTS: &str = "okno_accounts";
/// Who polls and sends for an account; entries live 15 s.
pub const LEASES: &str = "okno_leases";
/// Poll positions, projected from facts.
pub const POSITIONS: &str = "okno_positions";
/// The fast copy of events.
pub const EVENTS: &str = "EVENTS";
/// The header that names where router confirms a fact.
pub const CONFIRM_HEADER: &str = "Okno-Confirm";
/// The header of a fact that its gateway answers for with the bus's acknowledgement alone, should router stay silent.
pub const STANDS_IN_HEADER: &str = "Okno-Stands-In";

/// What people do on sites: beside the facts, so that none of it ever waits before a message.
pub const VISITS: &str = "VISITS";
pub const ALL_VISITS: &str = "okno.visit.>";

#[must_use]
pub fn visit(channel: &Channel, account: AccountId) -> String {
    format!("okno.visit.{channel}.{account}")
}

/// Channel and account of a visit report's subject; `None` for a foreign one.
#[must_use]
pub fn parse_visit(subject: &str) -> Option<(Channel, AccountId)> {
    let (channel, account) = subject.strip_prefix("okno.visit.")?.split_once('.')?;
    Some((channel.parse().ok()?, account.parse().ok()?))
}

/// The stream of one part of IN.
#[must_use]
pub fn inlet_stream(part: u32) -> String {
    format!("IN_{part}")
}

#[must_use]
pub fn inlet_subjects(part: u32) -> String {
    format!("okno.in.{part}.>")
}

#[must_use]
pub fn inlet(part: u32, channel: &Channel, account: AccountId) -> String {
    format!("okno.in.{part}.{channel}.{account}")
}

/// Channel and account of a fact's subject; `None` for a foreign subject.
#[must_use]
pub fn parse_inlet(subject: &str) -> Option<(Channel, AccountId)> {
    let mut tokens = subject.strip_prefix("okno.in.")?.split('.').skip(1);
    let (channel, account) = (tokens.next()?.parse().ok()?, tokens.next()?.parse().ok()?);
    tokens.next().is_none().then_some((channel, account))
}

/// The stream of one channel's orders.
#[must_use]
pub fn outlet_stream(channel: &Channel) -> String {
    format!("OUT_{channel}")
}

#[must_use]
pub fn outlet_subjects(channel: &Channel) -> String {
    format!("okno.out.{channel}.>")
}

/// One order per lane: the newest wins.
#[must_use]
pub fn outlet(channel: &Channel, account: AccountId, lane: &str) -> String {
    format!("okno.out.{channel}.{account}.{lane}")
}

#[must_use]
pub fn event(area: &str, what: &str) -> String {
    format!("okno.event.{area}.{what}")
}

/// The inbox prefix of a channel's NATS user; confirmations and answers come below it (rule I4).
#[must_use]
pub fn inbox_prefix(channel: &Channel) -> String {
    format!("_INBOX_{channel}")
}

/// Whether a confirmation subject belongs to this channel.
#[must_use]
pub fn is_confirm_of(channel: &Channel, subject: &str) -> bool {
    let own = subject.strip_prefix(&inbox_prefix(channel)).and_then(|rest| rest.strip_prefix(".confirm."));
    own.is_some_and(|rest| !rest.is_empty() && !rest.contains(['*', '>', ' ']))
}

#[must_use]
pub fn beat(part: u32) -> String {
    format!("okno.beat.{part}")
}

/// Where a gateway announces what it is.
#[must_use]
pub fn gateway(channel: &Channel) -> String {
    format!("okno.gateway.{channel}")
}

#[must_use]
pub fn probe(channel: &Channel) -> String {
    format!("okno.probe.{channel}")
}

#[must_use]
pub fn question(what: &str) -> String {
    format!("okno.ask.{what}")
}

#[must_use]
pub fn signal(channel: &Channel, account: AccountId) -> String {
    format!("okno.signal.{channel}.{account}")
}

/// The signals of all channels' accounts.
pub const ALL_SIGNALS: &str = "okno.signal.*.*";

/// Channel and account of a signal's subject; `None` for a foreign one.
#[must_use]
pub fn parse_signal(subject: &str) -> Option<(Channel, AccountId)> {
    let (channel, account) = subject.strip_prefix("okno.signal.")?.split_once('.')?;
    Some((channel.parse().ok()?, account.parse().ok()?))
}

/// Signals for the edges; no channel is called so.
pub const LIVE_SIGNALS: &str = "okno.signal._live";

/// The signals of all accounts of a channel.
#[must_use]
pub fn signals(channel: &Channel) -> String {
    format!("okno.signal.{channel}.*")
}

/// What the replicas of a gateway tell each other about one person (rule O8).
#[must_use]
pub fn peer(channel: &Channel, account: AccountId, peer: &str) -> String {
    format!("okno.peer.{channel}.{account}.{peer}")
}

/// The same of all persons of a channel.
#[must_use]
pub fn peers(channel: &Channel) -> String {
    format!("okno.peer.{channel}.>")
}

/// Account and person of such a subject; `None` for a foreign one.
#[must_use]
pub fn parse_peer(subject: &str) -> Option<(AccountId, &str)> {
    let (_, rest) = subject.strip_prefix("okno.peer.")?.split_once('.')?;
    let (account, peer) = rest.split_once('.')?;
    Some((account.parse().ok()?, peer)).filter(|(_, peer)| is_token(peer))
}

/// Whether a text may be one token of a subject.
#[must_use]
pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'.' | b'*' | b'>'))
}

/// Router's hint that accounts of a channel changed; the bucket is the content.
#[must_use]
pub fn accounts_hint(channel: &Channel) -> String {
    format!("okno.hint.{channel}")
}

#[must_use]
pub fn bucket_stream(bucket: &str) -> String {
    format!("KV_{bucket}")
}

#[must_use]
pub fn bucket_key(bucket: &str, key: &str) -> String {
    format!("$KV.{bucket}.{key}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_reads_back() {
        let (channel, account) = ("telegram".parse::<Channel>().unwrap(), AccountId::new());
        assert_eq!(parse_inlet(&inlet(3, &channel, account)), Some((channel.clone(), account)));
        for foreign in ["okno.in.0.telegram", "okno.in.0.telegram.x", "okno.out.telegram.a.b", "okno.in.0.te*.x"] {
            assert_eq!(parse_inlet(foreign), None, "{foreign}");
        }
        assert_eq!(parse_visit(&visit(&channel, account)), Some((channel.clone(), account)));
        assert_eq!(parse_visit(&inlet(3, &channel, account)), None);
        assert_eq!(parse_signal(&signal(&channel, account)), Some((channel, account)));
        assert_eq!(parse_signal(LIVE_SIGNALS), None);
    }

    #[test]
    fn a_person_is_one_token() {
        let (channel, account) = ("webchat".parse::<Channel>().unwrap(), AccountId::new());
        assert_eq!(parse_peer(&peer(&channel, account, "v-1")), Some((account, "v-1")));
        for foreign in ["okno.peer.webchat.x.v-1", "okno.signal.webchat.x", "okno.peer.webchat"] {
            assert_eq!(parse_peer(foreign), None, "{foreign}");
        }
        assert!(is_token("u-ab12") && !is_token("a.b") && !is_token("a b") && !is_token("*") && !is_token(""));
    }

    #[test]
    fn a_confirmation_goes_only_to_the_channel_that_asked() {
        let telegram: Channel = "telegram".parse().unwrap();
        assert!(is_confirm_of(&telegram, "_INBOX_telegram.confirm.i1.7"));
        for foreign in
            ["_INBOX_email.confirm.i1.7", "okno.in.0.telegram.x", "_INBOX_telegram.confirm.*", "_INBOX_telegram.x"]
        {
            assert!(!is_confirm_of(&telegram, foreign), "{foreign}");
        }
    }
}
