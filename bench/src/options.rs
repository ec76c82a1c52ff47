//! What the caller asked for.

use std::{path::PathBuf, time::Duration};

use clap::{Parser, ValueEnum};

/// Measures Okno on this machine: real servers of its own with fsync on, `okno all`, and a generator that never waits
/// for answers before it sends on (an open model: latency counts from when a message was meant to be sent).
///
/// It needs nats-server, redis-server and PostgreSQL (`cargo xtask up` installs them) and free disk, which it checks first;
/// its data lies below target/bench and goes when it ends, also by Ctrl-C. Figures mean something on a machine that does
/// nothing else meanwhile.
#[derive(Parser, Debug, Clone)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
pub struct Options {
    /// Which scenarios, in this order; may be repeated. Without: all but mailboxes, import, clients, base and growth.
    #[arg(long, value_enum, value_name = "NAME")]
    pub scenario: Vec<Scenario>,
    /// Messages (replies, receipts, statuses, events) a second that are offered; each scenario has its own default.
    #[arg(long, value_name = "PER_SECOND")]
    pub rate: Option<f64>,
    /// How long each run is measured; each scenario has its own default.
    #[arg(long)]
    pub seconds: Option<u64>,
    /// Runs of each scenario, each on fresh data; the report tells their median and spread. With growth: samples at each size.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=20))]
    pub runs: u32,
    /// A short check that everything works: one small run of each. Its figures mean nothing.
    #[arg(long)]
    pub quick: bool,
    /// Parts of IN (`OKNO_PARTS`).
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=16))]
    pub parts: u32,
    /// Telegram bots that messages come in by; each takes 1,024 unanswered deliveries.
    #[arg(long, value_name = "NUMBER")]
    pub bots: Option<usize>,
    /// Deliveries that wait for an answer at the same time (throughput).
    #[arg(long, default_value_t = 512)]
    pub window: usize,
    /// Live streams of operators (operators).
    #[arg(long)]
    pub streams: Option<usize>,
    /// Mailboxes of the gateway (mailboxes).
    #[arg(long)]
    pub mailboxes: Option<usize>,
    /// Letters of the mailbox (import).
    #[arg(long)]
    pub letters: Option<u64>,
    /// Clients of the base (clients, base).
    #[arg(long)]
    pub clients: Option<u64>,
    /// Messages to grow to, from ten thousand by tens (growth); 10000000 takes long and 12 GB.
    #[arg(long, value_name = "MESSAGES", default_value_t = 1_000_000)]
    pub grow_to: u64,
    /// More settings of PostgreSQL, as name=value; may be repeated. They stand in the report.
    #[arg(long, value_name = "NAME=VALUE")]
    pub postgres: Vec<String>,
    /// Tells which statements cost PostgreSQL the most (pg_stat_statements, which costs a little itself).
    #[arg(long)]
    pub statements: bool,
    /// Where report.json and report.html go; by default a folder of its own below target/bench.
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// The `okno` to measure; by default the one beside this program.
    #[arg(long, value_name = "FILE")]
    pub okno: Option<PathBuf>,
    /// Where the servers' data lies meanwhile: on the disk to be measured. By default target/bench.
    #[arg(long, value_name = "FOLDER")]
    pub data: Option<PathBuf>,
}

/// What can be measured.
#[derive(ValueEnum, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scenario {
    /// The limit program: publish to a stream, read it, one insert per batch, same servers and durability.
    Limit,
    /// `okno all` from its start until it is ready, and its memory at rest.
    Start,
    /// Telegram webhooks at a fixed rate: until the answer, and until an operator's live stream tells of it.
    Inbound,
    /// Visitors of the web chat write at a fixed rate.
    Webchat,
    /// As many Telegram webhooks as are taken: what is committed a second.
    Throughput,
    /// Operators' live streams while messages come in at a fixed rate.
    Operators,
    /// Replies by the API at a fixed rate: until they are stored, and until Telegram has them.
    Replies,
    /// Browsers of the web chat tell at a fixed rate that they have got messages.
    Receipts,
    /// Signed statuses of WhatsApp at a fixed rate, one in each webhook.
    Whatsapp,
    /// The same, ten in each webhook.
    WhatsappTogether,
    /// Mailboxes of a real Dovecot: memory of an idle one, and letters at a fixed rate. It needs Dovecot.
    Mailboxes,
    /// First import of a large mailbox, beside a plain loop. It needs Dovecot.
    Import,
    /// Search as one types and the card, over a million clients with three contacts each; filling them in takes minutes.
    Clients,
    /// The search for doubles and the recount of quality, over 100,000 clients.
    Base,
    /// Cost per message, list and search while the database grows.
    Growth,
}

impl Scenario {
    /// Those that run when none is named.
    pub const USUAL: [Self; 10] = [
        Self::Limit,
        Self::Start,
        Self::Inbound,
        Self::Webchat,
        Self::Throughput,
        Self::Operators,
        Self::Replies,
        Self::Receipts,
        Self::Whatsapp,
        Self::WhatsappTogether,
    ];

    pub fn name(self) -> String {
        self.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
    }
}

impl Options {
    pub fn scenarios(&self) -> Vec<Scenario> {
        if self.scenario.is_empty() { Scenario::USUAL.to_vec() } else { self.scenario.clone() }
    }

    /// What shapes every run, in words.
    pub fn settings(&self) -> String {
        let parts = if self.parts == 1 { "1 part".to_owned() } else { format!("{} parts", self.parts) };
        format!("{parts}, {} deliveries at a time in throughput", self.window)
    }

    pub fn runs(&self) -> u32 {
        if self.quick { 1 } else { self.runs }
    }

    /// The rate: asked for, else the scenario's, and little in a quick check.
    pub fn rate(&self, usual: f64, quick: f64) -> f64 {
        self.rate.unwrap_or(if self.quick { quick } else { usual })
    }

    pub fn seconds(&self, usual: u64) -> u64 {
        self.seconds.unwrap_or(if self.quick { 1 } else { usual })
    }

    /// How long things may come to rest, hardly at all in a quick check.
    pub fn rest(&self, usual: Duration) -> Duration {
        if self.quick { Duration::from_millis(500) } else { usual }
    }

    /// A number of things, little in a quick check.
    pub fn many(&self, usual: usize, quick: usize) -> usize {
        if self.quick { quick } else { usual }
    }

    /// Bytes of disk that this needs at most.
    pub fn disk_bytes(&self) -> u64 {
        const GIB: u64 = 1 << 30;
        if self.quick {
            return GIB;
        }
        let grows = self.scenarios().contains(&Scenario::Growth);
        let growth = if grows { self.grow_to * 1_500 } else { 0 };
        // What is stored of a message in PostgreSQL with its WAL, and in IN and EVENTS: about 4 KiB.
        let longest = (self.rate.unwrap_or(10_000.0) * self.seconds.unwrap_or(30) as f64) as u64;
        // A client with three contacts and its indexes: about 10 KiB, and its WAL until the next checkpoint.
        let base =
            if self.scenarios().contains(&Scenario::Clients) { self.clients.unwrap_or(1_000_000) * 12_000 } else { 0 };
        (6 * GIB + longest * 4_096).max(growth + 6 * GIB).max(base)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quick_check_is_small_whatever_the_usual_is() {
        let quick = Options::parse_from(["bench", "--quick"]);
        assert_eq!((quick.runs(), quick.seconds(60), quick.rate(1_000.0, 20.0)), (1, 1, 20.0));
        let asked = Options::parse_from(["bench", "--quick", "--rate", "5", "--scenario", "limit"]);
        assert_eq!(asked.rate(1_000.0, 20.0), 5.0);
        assert_eq!(asked.scenarios(), [Scenario::Limit]);
        assert!(
            Options::parse_from(["bench", "--seconds", "300", "--rate", "10000"]).disk_bytes() > quick.disk_bytes()
        );
    }
}
