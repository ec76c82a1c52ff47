//! Letters that no person wrote.

use contracts::channel::AutomaticLetter as Kind;
use letter::{Automatic, Letter};
use model::AccountId;

/// Whether a program wrote it, and what for. What this account has sent and comes back to it goes round in circles.
pub fn kind(account: AccountId, letter: &Letter) -> Kind {
    match letter::automatic(letter, &account.to_string()) {
        Some(Automatic::Bounce) => Kind::Bounce,
        Some(Automatic::Receipt) => Kind::Report,
        Some(Automatic::AutoReply) => Kind::Reply,
        Some(Automatic::List) => Kind::Bulk,
        Some(Automatic::Loop) => Kind::Other,
        // Sites send what people fill in from such addresses: somebody waits for an answer.
        Some(Automatic::NoReply) | None => Kind::Unspecified,
    }
}
