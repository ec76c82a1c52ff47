//! What may happen, by name.

use super::dice::Dice;

/// One kind of harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    Kill,
    KillAll,
    Stall,
    NatsKill,
    NatsStall,
    NatsWipe,
    NatsRestore,
    NatsFlip,
    PostgresStop,
    PostgresKill,
    RedisFlush,
    RedisGone,
    ProviderSlow,
    ProviderHole,
    ProviderError,
    DiskBroker,
    DiskDatabase,
}

/// What a fault strikes; two at a time never strike the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Victim {
    Process,
    Nats,
    Postgres,
    Redis,
    Provider,
}

impl Fault {
    pub const ALL: [Self; 17] = [
        Self::Kill,
        Self::KillAll,
        Self::Stall,
        Self::NatsKill,
        Self::NatsStall,
        Self::NatsWipe,
        Self::NatsRestore,
        Self::NatsFlip,
        Self::PostgresStop,
        Self::PostgresKill,
        Self::RedisFlush,
        Self::RedisGone,
        Self::ProviderSlow,
        Self::ProviderHole,
        Self::ProviderError,
        Self::DiskBroker,
        Self::DiskDatabase,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::Kill => "kill",
            Self::KillAll => "kill-all",
            Self::Stall => "stall",
            Self::NatsKill => "nats-kill",
            Self::NatsStall => "nats-stall",
            Self::NatsWipe => "nats-wipe",
            Self::NatsRestore => "nats-restore",
            Self::NatsFlip => "nats-flip",
            Self::PostgresStop => "postgres-stop",
            Self::PostgresKill => "postgres-kill",
            Self::RedisFlush => "redis-flush",
            Self::RedisGone => "redis-gone",
            Self::ProviderSlow => "provider-slow",
            Self::ProviderHole => "provider-hole",
            Self::ProviderError => "provider-error",
            Self::DiskBroker => "disk-broker",
            Self::DiskDatabase => "disk-database",
        }
    }

    pub fn victim(self) -> Victim {
        match self {
            Self::Kill | Self::KillAll | Self::Stall => Victim::Process,
            Self::NatsKill
            | Self::NatsStall
            | Self::NatsWipe
            | Self::NatsRestore
            | Self::NatsFlip
            | Self::DiskBroker => Victim::Nats,
            Self::PostgresStop | Self::PostgresKill | Self::DiskDatabase => Victim::Postgres,
            Self::RedisFlush | Self::RedisGone => Victim::Redis,
            Self::ProviderSlow | Self::ProviderHole | Self::ProviderError => Victim::Provider,
        }
    }

    /// The faults of a list with commas; `nats` stands for every `nats-...`, nothing for all, `none` for none.
    ///
    /// # Errors
    /// A name that stands for nothing.
    pub fn named(list: &str) -> Result<Vec<Self>, String> {
        let names: Vec<_> = list.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        if names.is_empty() {
            return Ok(Self::ALL.to_vec());
        }
        if names == ["none"] {
            return Ok(Vec::new());
        }
        let stands_for = |name: &str, fault: Self| {
            fault
                .name()
                .strip_prefix(name)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-') && name != "kill")
        };
        if let Some(unknown) = names.iter().find(|name| !Self::ALL.iter().any(|fault| stands_for(name, *fault))) {
            let all = Self::ALL.map(Self::name).join(", ");
            return Err(format!("there is no fault named {unknown}; there are {all}"));
        }
        Ok(Self::ALL.into_iter().filter(|fault| names.iter().any(|name| stands_for(name, *fault))).collect())
    }
}

/// Deals faults so that each comes before one comes again.
pub struct Deck {
    all: Vec<Fault>,
    left: Vec<Fault>,
}

impl Deck {
    pub fn new(all: Vec<Fault>) -> Self {
        Self { all, left: Vec::new() }
    }

    /// The next one, sometimes two at once.
    pub fn deal(&mut self, dice: &mut Dice) -> Vec<Fault> {
        let mut dealt: Vec<Fault> = self.next(dice, |_| true).into_iter().collect();
        if let Some(first) = dealt.first().map(|fault| fault.victim())
            && dice.one_in(4)
        {
            dealt.extend(self.next(dice, |fault| fault.victim() != first));
        }
        dealt
    }

    fn next(&mut self, dice: &mut Dice, fits: impl Fn(Fault) -> bool) -> Option<Fault> {
        if self.left.is_empty() {
            self.left.clone_from(&self.all);
            dice.shuffle(&mut self.left);
        }
        let place = self.left.iter().rposition(|fault| fits(*fault))?;
        Some(self.left.remove(place))
    }
}

#[test]
fn faults_are_named_alone_or_by_what_they_strike() {
    assert_eq!(Fault::named("").unwrap(), Fault::ALL);
    assert_eq!(Fault::named("none").unwrap(), []);
    assert_eq!(Fault::named("kill").unwrap(), [Fault::Kill]);
    assert_eq!(Fault::named("redis, kill-all").unwrap(), [Fault::KillAll, Fault::RedisFlush, Fault::RedisGone]);
    assert!(Fault::named("fire").unwrap_err().contains("nats-wipe"));
}

#[test]
fn every_fault_stands_in_the_document() {
    let document = std::fs::read_to_string("../docs/chaos.md").unwrap();
    let missing: Vec<_> =
        Fault::ALL.iter().filter(|fault| !document.contains(&format!("`{}`", fault.name()))).collect();
    assert!(missing.is_empty(), "docs/chaos.md does not tell of {missing:?}");
}

#[test]
fn every_fault_is_dealt_and_two_never_strike_the_same() {
    let (mut deck, mut dice) = (Deck::new(Fault::ALL.to_vec()), Dice::new(1));
    let mut dealt = Vec::new();
    while dealt.len() < Fault::ALL.len() {
        let together = deck.deal(&mut dice);
        assert!(together.len() == 1 || together[0].victim() != together[1].victim());
        dealt.extend(together);
    }
    assert!(Fault::ALL.iter().all(|fault| dealt.contains(fault)));
}
