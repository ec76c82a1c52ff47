//! Chaos: people write and operators answer while everything fails that can; then ledgers are compared with what is stored
//! and with what operators' pages know. docs/chaos.md says what it proves, `cargo xtask chaos` runs it for longer.

mod answers;
mod check;
mod dice;
mod disk;
mod faults;
mod ledger;
mod letters;
mod long;
mod outside;
mod providers;
mod report;
mod rest;
mod secrets;
mod settings;
mod stand;
mod strikes;
mod users;
mod verdict;
mod visitors;
mod window;
mod writers;

use std::{
    path::Path,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};

use testkit::telegram::FakeBot;
use tokio::{task::JoinHandle, time::sleep};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use self::{
    dice::Dice,
    faults::Deck,
    ledger::Ledger,
    report::Report,
    settings::Settings,
    stand::Stand,
    verdict::{Kind, violation},
    visitors::Visitor,
    window::Window,
};
use crate::office;

/// How long everything may take to come to rest after the last fault: pauses between tries grow to a minute.
const REST: Duration = Duration::from_secs(180);
/// Between two looks at what still waits.
const LOOK: Duration = Duration::from_millis(500);
const VISITORS: u64 = 4;

// acceptance: XC-2, XC-3
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_fails_nothing_is_lost_doubled_or_out_of_order() {
    run(Settings::of_environment(), &office::binary(), async |stand, report, dice, begun| {
        torment(stand, report, dice, begun).await;
    })
    .await
    .judge();
}

/// Everybody who does something, and their ledger.
struct Crowd {
    ledger: Arc<Ledger>,
    bots: [(&'static str, FakeBot); 2],
    windows: Vec<Window>,
    /// Ends writing, and then watching.
    quiet: CancellationToken,
    dark: CancellationToken,
    writers: Vec<JoinHandle<()>>,
    visitors: Vec<JoinHandle<Visitor>>,
}

/// A house of `program`, in which everybody writes and answers while `course` takes its course.
async fn run(
    mut settings: Settings,
    program: &Path,
    course: impl AsyncFnOnce(&mut Stand, &mut Report, &mut Dice, Instant),
) -> Report {
    let begun = Instant::now();
    println!("seed {}", settings.seed);
    let mut notes = Vec::new();
    let mut dice = Dice::new(settings.seed);
    let mut stand = Stand::build(&mut settings, &mut notes, program).await;
    let mut crowd = Crowd::gather(&mut stand, &mut dice).await;
    let mut report = Report::new(settings, notes);
    report.tell(begun.elapsed(), "everybody writes and answers".to_owned());
    course(&mut stand, &mut report, &mut dice, begun).await;
    report.tell(begun.elapsed(), "nobody writes any more".to_owned());
    let over = Instant::now();
    let visitors = crowd.rest(&mut stand, &mut report, over).await;
    report.rested_after = over.elapsed();
    report.tell(begun.elapsed(), "at rest".to_owned());
    crowd.check(&stand, visitors, &mut report).await;
    report.tell(begun.elapsed(), format!("checked: {} violations", report.violations.len()));
    // One whose disk was full may not end when it is asked to.
    stand.world.nats.kill();
    report
}

/// One fault after the other, now and then two at once, until the time is over; all is mended at the end.
async fn torment(stand: &mut Stand, report: &mut Report, dice: &mut Dice, begun: Instant) {
    let mut deck = Deck::new(report.settings.faults.clone());
    let until = Instant::now() + report.settings.faults_for;
    let mut strikes = 0;
    while Instant::now() < until {
        sleep(dice.milliseconds(500..4_000)).await;
        let mut wounds = Vec::new();
        let hold = dice.milliseconds(200..6_000);
        for fault in deck.deal(dice) {
            let (what, wound) = stand.strike(fault, hold, dice).await;
            report.tell(begun.elapsed(), format!("{what} ({} ms)", hold.as_millis()));
            wounds.extend(wound);
            strikes += 1;
        }
        if !wounds.is_empty() {
            sleep(hold).await;
        }
        for wound in wounds {
            if let Some(word) = stand.mend(wound).await {
                report.tell(begun.elapsed(), word);
            }
        }
        stand.revive();
    }
    report.counts.add("faults", strikes);
}

impl Crowd {
    /// Connects two bots, a site, a number and a mailbox, signs operators in, and sets everybody to work.
    async fn gather(stand: &mut Stand, dice: &mut Dice) -> Self {
        let world = &stand.world;
        let admin = world.operator("admin").await;
        let hook = world.connect_telegram(&admin, "webhook").await;
        let polled = world.connect_telegram(&admin, "poll").await;
        let site = world.connect_webchat(&admin, "Чат магазина", &[]).await;
        stand.outside.connect(world, &admin).await;
        let (ledger, tasks) = (Arc::new(Ledger::default()), TaskTracker::new());
        let (quiet, dark) = (CancellationToken::new(), CancellationToken::new());
        let operators = [world.operator("operator1").await, world.operator("operator2").await];
        // The last one sees all.
        let windows =
            vec![Window::new("operator1", operators[0].clone()), Window::new("head", world.operator("head").await)];
        stand.world.nats.snapshot_store(&stand.copy).await.expect("a copy of the store");
        for window in &windows {
            tasks.spawn(window.clone().watch(dark.clone()));
        }
        let bots = [("hook", hook.bot), ("polled", polled.bot)];
        let mut writers = vec![tasks.spawn(writers::write(bots.clone(), ledger.clone(), dice.split(), quiet.clone()))];
        let (users, postman) = (stand.outside.users.clone(), stand.outside.mail.dovecot.postman());
        writers.push(tasks.spawn(users::write(users, ledger.clone(), dice.split(), quiet.clone())));
        writers.push(tasks.spawn(letters::write(postman, ledger.clone(), dice.split(), quiet.clone())));
        for operator in operators {
            writers.push(tasks.spawn(answers::answer(operator, ledger.clone(), dice.split(), quiet.clone())));
        }
        let mut visitors = Vec::new();
        for number in 1..=VISITORS {
            let name = format!("visitor-{number}");
            let visitor = Visitor::come(&site, name, ledger.clone(), dice.split()).await;
            visitors.push(tasks.spawn(visitor.write(quiet.clone())));
        }
        Self { ledger, bots, windows, quiet, dark, writers, visitors }
    }

    /// Nobody writes any more; waits until nothing waits, or too long. Returns the visitors.
    async fn rest(&mut self, stand: &mut Stand, report: &mut Report, since: Instant) -> Vec<Visitor> {
        self.quiet.cancel();
        let mut visitors = Vec::new();
        let ending = async {
            for writer in &mut self.writers {
                writer.await.expect("nobody who writes panics");
            }
            for visitor in &mut self.visitors {
                visitors.push(visitor.await.expect("no visitor panics"));
            }
        };
        let mut ending = pin!(ending);
        let all_said = loop {
            tokio::select! {
                () = &mut ending => break true,
                () = sleep(LOOK) => stand.revive(),
            }
            if since.elapsed() > REST {
                break false;
            }
        };
        if !all_said {
            report.violations.push(violation(Kind::Wrong, "somebody could not say or answer what they wanted to"));
        }
        let mut last = Vec::new();
        loop {
            stand.revive();
            let waiting = rest::unrest(stand, &self.bots, &self.ledger.read()).await;
            if waiting.is_empty() {
                report.notes.extend((!last.is_empty()).then(|| format!("last to come to rest: {}", last.join("; "))));
                return visitors;
            }
            last.clone_from(&waiting);
            if since.elapsed() > REST {
                report
                    .violations
                    .extend(waiting.into_iter().map(|what| violation(Kind::Wrong, format!("no rest: {what}"))));
                return visitors;
            }
            sleep(LOOK).await;
        }
    }

    async fn check(self, stand: &Stand, mut visitors: Vec<Visitor>, report: &mut Report) {
        let mut wrong = std::mem::take(&mut report.violations);
        let histories = check::visitors(&mut visitors, || self.ledger.read(), &mut wrong).await;
        let pages = self.ledger.read();
        let counts = &mut report.counts;
        wrong.extend(check::inbound(stand, &pages, counts).await);
        let shown = check::windows(&self.windows, counts, &mut wrong).await;
        self.dark.cancel();
        wrong.extend(check::shown_is_stored(stand, &shown).await);
        wrong.extend(check::replies(stand, &pages, &shown, &histories, counts).await);
        wrong.extend(check::kept_once(stand, &pages).await);
        let tokens: Vec<_> = self.bots.iter().map(|(_, bot)| bot.token()).chain([stand.outside.token()]).collect();
        wrong.extend(secrets::told(stand, &pages, &tokens));
        wrong.extend(check::exceptions(stand, counts).await);
        counts.add("calls of operators made again", pages.repeated_calls);
        report.notes.extend(stand.ended.clone());
        report.violations = wrong;
    }
}
