//! Letters that no person wrote.

use contracts::channel::AutomaticLetter as Kind;
use letter::{Automatic, Letter};

/// Whether a program wrote it, and what for.
pub fn kind(letter: &Letter) -> Kind {
    match letter::automatic(letter, "") {
        Some(Automatic::Bounce) => Kind::Bounce,
        Some(Automatic::Receipt) => Kind::Report,
        Some(Automatic::AutoReply) => Kind::Reply,
        Some(Automatic::List) => Kind::Bulk,
        Some(Automatic::Loop) => Kind::Other,
        // Sites send what people fill in from such addresses: somebody waits for an answer.
        Some(Automatic::NoReply) | None => Kind::Unspecified,
    }
}
