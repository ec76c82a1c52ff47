//! WhatsApp's people: few, who at times read what came to them, so that receipts come in between.

use std::sync::Arc;

use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{dice::Dice, ledger::Ledger, outside::Someone};

/// After one message in so many they read all that they have.
const READS: u64 = 20;

/// Everybody writes once; then, until `stop`, one or the other, about two messages a second in all.
pub async fn write(users: Vec<Someone>, ledger: Arc<Ledger>, mut dice: Dice, stop: CancellationToken) {
    users.iter().for_each(|one| say(one, &ledger));
    while !stop.is_cancelled() {
        sleep(dice.milliseconds(200..800)).await;
        let one = dice.pick(&users);
        say(one, &ledger);
        if dice.one_in(READS) {
            one.user.read();
        }
    }
}

fn say(one: &Someone, ledger: &Ledger) {
    one.user.text(&ledger.write(&one.name).1);
}
