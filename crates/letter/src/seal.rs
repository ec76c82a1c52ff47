//! Letters that are signed or encrypted: told by a badge, never opened here.

use crate::mime::Part;

/// The badge of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seal {
    SmimeSigned,
    SmimeEncrypted,
    PgpSigned,
    PgpEncrypted,
}

/// Looks at the parts, and at the first line of the text for what is sealed within it.
pub(crate) fn seal(root: &Part, text: &str) -> Option<Seal> {
    of_part(root).or_else(|| {
        let text = text.trim_start();
        let signed = text.starts_with("-----BEGIN PGP SIGNED MESSAGE-----").then_some(Seal::PgpSigned);
        signed.or_else(|| text.starts_with("-----BEGIN PGP MESSAGE-----").then_some(Seal::PgpEncrypted))
    })
}

fn of_part(part: &Part) -> Option<Seal> {
    let protocol = part.kind.param("protocol").unwrap_or_default().to_ascii_lowercase();
    match part.kind.word.as_str() {
        "multipart/signed" if protocol.contains("pgp") => Some(Seal::PgpSigned),
        "multipart/signed" => Some(Seal::SmimeSigned),
        "multipart/encrypted" => Some(Seal::PgpEncrypted),
        "application/pkcs7-mime" | "application/x-pkcs7-mime" => Some(match part.kind.param("smime-type") {
            Some(kind) if kind.eq_ignore_ascii_case("signed-data") => Seal::SmimeSigned,
            _ => Seal::SmimeEncrypted,
        }),
        // What is sealed further in is a letter of somebody else.
        _ if part.is_multipart() => part.kids.first().and_then(of_part),
        _ => None,
    }
}
