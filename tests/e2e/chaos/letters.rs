//! People who write letters, each in one thread, over a server that tries again until the mailbox has taken the letter.

use std::sync::Arc;

use testkit::mail::Postman;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::{dice::Dice, ledger::Ledger, outside::MAILBOX};

/// What the names of all who write letters begin with.
pub const WRITERS: &str = "mail-";
const PEOPLE: u64 = 3;

/// Everybody writes once; then, until `stop`, one or the other, about a letter in two seconds.
pub async fn write(postman: Postman, ledger: Arc<Ledger>, mut dice: Dice, stop: CancellationToken) {
    let people: Vec<String> = (1..=PEOPLE).map(|number| format!("{WRITERS}{number}")).collect();
    for one in &people {
        say(one, postman, &ledger, &mut dice).await;
    }
    while !stop.is_cancelled() {
        sleep(dice.milliseconds(1_000..3_000)).await;
        let one: &String = dice.pick(&people);
        say(one, postman, &ledger, &mut dice).await;
    }
}

/// A server that heard nothing brings the letter again, and so brings it twice at times.
async fn say(name: &str, postman: Postman, ledger: &Ledger, dice: &mut Dice) {
    let (number, text) = ledger.write(name);
    let letter = letter(name, number, &text);
    while postman.bring(MAILBOX, &letter).await.is_err() {
        sleep(dice.milliseconds(500..1_500)).await;
    }
}

/// The first one of a person's begins the thread; every other names it.
fn letter(name: &str, number: u64, text: &str) -> String {
    let plain = testkit::mail::letter(
        &format!("{name} <{name}@example.com>"),
        MAILBOX,
        if number == 1 { "Windows" } else { "Re: Windows" },
        &format!("{name}.{number}@example.com"),
        text,
    );
    let thread = |first: &str| format!("In-Reply-To: <{first}>\r\nReferences: <{first}>\r\n{plain}");
    if number == 1 { plain.clone() } else { thread(&format!("{name}.1@example.com")) }
}
