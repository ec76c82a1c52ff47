//! Telegram's customers: some of a bot with a webhook, some of one that is polled, and now and then somebody new.

use std::sync::Arc;

use testkit::telegram::{Customer, FakeBot};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{dice::Dice, ledger::Ledger};

/// How many customers of each bot write all the time.
const REGULARS: i64 = 6;
/// One message in so many is somebody's first.
const NEWCOMERS: u64 = 100;

/// One update in so many is delivered once more by itself.
const REPEATS: u64 = 20;

/// Somebody with a name that no other has.
struct Writer {
    name: String,
    customer: Customer,
    bot: FakeBot,
}

/// Everybody writes once; then, until `stop`, one or the other, about 15 messages a second in all.
pub async fn write(bots: [(&'static str, FakeBot); 2], ledger: Arc<Ledger>, mut dice: Dice, stop: CancellationToken) {
    let mut regulars: Vec<Writer> =
        bots.iter().flat_map(|(way, bot)| (1..=REGULARS).map(|number| writer(way, bot, number))).collect();
    for one in &regulars {
        say(one, &ledger);
    }
    let mut newest = REGULARS;
    while !stop.is_cancelled() {
        sleep(dice.milliseconds(20..120)).await;
        if dice.one_in(NEWCOMERS) {
            newest += 1;
            let (way, bot) = dice.pick(&bots);
            // The newest of those who stay takes the place of another, who never comes back.
            let place = regulars.len() - 1;
            regulars[place] = writer(way, bot, newest);
        }
        let one = dice.pick(&regulars);
        let update = say(one, &ledger);
        if dice.one_in(REPEATS) {
            update.into_iter().for_each(|update| one.bot.repeat(update));
        }
    }
}

fn writer(way: &str, bot: &FakeBot, number: i64) -> Writer {
    let id = if way == "polled" { 7_000 } else { 5_000 } + number;
    let name = format!("{way}-{number}");
    Writer { customer: bot.customer(id, &name), name, bot: bot.clone() }
}

/// Returns the update's number.
fn say(one: &Writer, ledger: &Ledger) -> Option<i64> {
    one.customer.text(&ledger.write(&one.name).1).update_id
}
