//! How each fault is done, and how it ends.

use std::time::Duration;

use super::{
    dice::Dice,
    faults::Fault,
    providers::Trouble,
    stand::{Stand, TARGETS},
};

/// What is to be mended.
#[derive(Debug)]
pub enum Wound {
    Dead(Vec<&'static str>),
    Stalled(&'static str),
    NatsGone,
    NatsStalled,
    PostgresGone,
    RedisGone,
    Provider,
    MailboxGone,
    BrokerFull,
    DatabaseFull,
}

impl Stand {
    /// Does it. Returns what was done, in words, and what is to be mended after `hold`.
    pub async fn strike(&mut self, fault: Fault, hold: Duration, dice: &mut Dice) -> (String, Option<Wound>) {
        match fault {
            Fault::Kill => self.kill_processes(vec![*dice.pick(&TARGETS)]),
            Fault::KillAll => self.kill_processes(TARGETS.to_vec()),
            Fault::Stall => {
                let target = *dice.pick(&TARGETS);
                self.stall(target)
            }
            Fault::NatsKill => {
                self.world.nats.kill();
                ("kill -9 of NATS".to_owned(), Some(Wound::NatsGone))
            }
            Fault::NatsStall => {
                self.world.nats.pause();
                ("NATS stalls".to_owned(), Some(Wound::NatsStalled))
            }
            Fault::NatsWipe => self.wipe_nats().await,
            Fault::NatsRestore => self.restore_nats().await,
            Fault::NatsFlip => self.flip_bits(dice).await,
            Fault::PostgresStop => {
                self.world.postgres().stop_at_once();
                ("PostgreSQL stopped at once".to_owned(), Some(Wound::PostgresGone))
            }
            Fault::PostgresKill => {
                self.world.postgres().kill();
                ("kill -9 of PostgreSQL".to_owned(), Some(Wound::PostgresGone))
            }
            Fault::RedisFlush => (format!("Redis flushed: {}", self.world.redis.flush().await), None),
            Fault::RedisGone => {
                self.world.redis.kill();
                ("kill -9 of Redis".to_owned(), Some(Wound::RedisGone))
            }
            Fault::ProviderSlow => self.trouble(Trouble::Slow(hold / 3), dice).await,
            Fault::ProviderHole => self.trouble(Trouble::Hole(hold), dice).await,
            Fault::ProviderError => self.trouble(Trouble::Wrong, dice).await,
            Fault::DiskBroker => {
                let bytes = self.broker_disk.as_ref().expect("a small disk").fill();
                (format!("disk of NATS full ({bytes} bytes taken)"), Some(Wound::BrokerFull))
            }
            Fault::DiskDatabase => {
                let bytes = self.database_disk.as_ref().expect("a small disk").fill();
                (format!("disk of PostgreSQL full ({bytes} bytes taken)"), Some(Wound::DatabaseFull))
            }
        }
    }

    /// Mends it. Returns a word about what did not go as usual.
    pub async fn mend(&mut self, wound: Wound) -> Option<String> {
        match wound {
            Wound::Dead(targets) => targets.into_iter().for_each(|target| self.start(target)),
            Wound::Stalled(target) => self.world.signal(target, "CONT"),
            Wound::NatsGone => return self.raise_nats(true).await,
            Wound::NatsStalled => self.world.nats.resume(),
            Wound::PostgresGone => self.world.postgres().restart().await.expect("postgres"),
            Wound::RedisGone => self.world.redis.restart().await.expect("redis-server"),
            Wound::Provider => self.heal(),
            Wound::MailboxGone => self.outside.mail.dovecot.restart().await.expect("dovecot"),
            Wound::BrokerFull => {
                self.broker_disk.as_ref().expect("a small disk").free();
                // Tried on nats-server 2.9.10: JetStream answers no more, not even when there is room again, and the
                // server does not end when it is asked to.
                self.world.nats.kill();
                return self.raise_nats(false).await;
            }
            Wound::DatabaseFull => {
                self.database_disk.as_ref().expect("a small disk").free();
                self.world.postgres().restart().await.expect("postgres");
            }
        }
        None
    }

    fn kill_processes(&mut self, targets: Vec<&'static str>) -> (String, Option<Wound>) {
        targets.iter().for_each(|target| self.world.kill(target));
        (format!("kill -9 of {}", targets.join(", ")), Some(Wound::Dead(targets)))
    }

    fn stall(&mut self, target: &'static str) -> (String, Option<Wound>) {
        self.world.signal(target, "STOP");
        (format!("{target} stalls"), Some(Wound::Stalled(target)))
    }

    async fn wipe_nats(&mut self) -> (String, Option<Wound>) {
        self.world.nats.kill();
        self.world.nats.wipe_store().await.expect("an empty nats-server");
        ("store of NATS wiped".to_owned(), None)
    }

    async fn restore_nats(&mut self) -> (String, Option<Wound>) {
        self.world.nats.kill();
        self.world.nats.restore_store(&self.copy).await.expect("nats-server on its old store");
        ("store of NATS restored from before".to_owned(), None)
    }

    /// In the store of a running server, or of one that is started on it afterwards.
    async fn flip_bits(&mut self, dice: &mut Dice) -> (String, Option<Wound>) {
        let running = dice.one_in(2);
        if !running {
            self.world.nats.kill();
        }
        let flipped = self.world.nats.flip_bit(dice.draw()).expect("a store");
        let what =
            flipped.map_or_else(|| "nothing".to_owned(), |(file, at)| format!("byte {at} of {}", file.display()));
        if running {
            return (format!("a bit flipped under NATS: {what}"), None);
        }
        let word = self.raise_nats(false).await.map(|word| format!("; {word}")).unwrap_or_default();
        (format!("a bit flipped in NATS' store and NATS started on it: {what}{word}"), None)
    }

    /// Starts NATS; a store that it does not start on is wiped, as whoever is called at night would do.
    async fn raise_nats(&mut self, copy_first: bool) -> Option<String> {
        let raised =
            if copy_first { self.world.nats.snapshot_store(&self.copy).await } else { self.world.nats.restart().await };
        let error = raised.err()?;
        self.world.nats.wipe_store().await.expect("an empty nats-server");
        Some(format!(
            "NATS did not start ({}), its store was wiped",
            error.to_string().lines().next().unwrap_or_default()
        ))
    }
}
