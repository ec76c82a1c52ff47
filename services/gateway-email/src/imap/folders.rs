//! Which folders are read beside the inbox: that of what was sent, by its mark (RFC 6154) or by a name that mail programs
//! give it, and those that the mailbox's owner chose.

use std::collections::BTreeSet;

use async_imap::types::{Name, NameAttribute};
use futures::{Stream, TryStreamExt};
use tokio::time::timeout;

use super::{COMMAND_WAIT, Line, utf7};
use crate::{
    config::{Folders, Settings},
    error::MailboxError,
    poll::INBOX,
};

/// In the order in which they are preferred.
const SENT: [&str; 6] = ["Sent", "Sent Items", "Sent Messages", "Sent Mail", "Отправленные", "INBOX/Sent"];
/// Where no mark says so; in lower case.
const LEFT_OUT: [&str; 18] = [
    "spam",
    "junk",
    "junk e-mail",
    "junk email",
    "bulk mail",
    "trash",
    "deleted",
    "deleted items",
    "deleted messages",
    "drafts",
    "outbox",
    "templates",
    "спам",
    "корзина",
    "удаленные",
    "удалённые",
    "черновики",
    "исходящие",
];
/// Folders that are looked at in a listing; a mailbox of more is odd.
const MOST: usize = 10_000;
/// Folders that are read beside the two: each costs a question for every look.
pub const MOST_CHOSEN: usize = 30;

/// A folder as the server lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Listed {
    /// As the server writes it.
    raw: String,
    /// As people do, with `/` between the levels.
    name: String,
    kind: Kind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Sent,
    /// Junk, trash, drafts; what shows letters of other folders again; what cannot be opened.
    LeftOut,
}

/// What is read beside the inbox.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub sent: String,
    pub others: Vec<String>,
    /// Chosen, and not there.
    pub missing: Vec<String>,
}

impl Line {
    pub(super) async fn find_folders(&mut self, settings: &Settings) -> Result<Found, MailboxError> {
        if settings.folders == Folders::Inbox && !settings.sent_folder.is_empty() {
            return Ok(Found { sent: utf7::encode(&settings.sent_folder), ..Found::default() });
        }
        let listing = async { collect(self.session.list(None, Some("\"*\"")).await?).await };
        let all = timeout(COMMAND_WAIT, listing).await.map_err(|_| MailboxError::Slow)??;
        let subscribed = match settings.folders {
            Folders::All => self.subscribed().await?,
            Folders::Inbox | Folders::These(_) => BTreeSet::new(),
        };
        let sent = sent(&all, &settings.sent_folder);
        Ok(choose(&all, &subscribed, &settings.folders, sent))
    }

    async fn subscribed(&mut self) -> Result<BTreeSet<String>, MailboxError> {
        let listing = async { collect(self.session.lsub(None, Some("\"*\"")).await?).await };
        match timeout(COMMAND_WAIT, listing).await.map_err(|_| MailboxError::Slow)?.map_err(MailboxError::from) {
            Ok(listed) => Ok(listed.into_iter().map(|folder| folder.raw).collect()),
            // Newer servers know only the other command (RFC 9051); then all count.
            Err(MailboxError::Refused(_)) => Ok(BTreeSet::new()),
            Err(error) => Err(error),
        }
    }
}

async fn collect(
    names: impl Stream<Item = Result<Name, async_imap::error::Error>>,
) -> Result<Vec<Listed>, async_imap::error::Error> {
    let (mut names, mut all) = (std::pin::pin!(names), Vec::new());
    while let Some(name) = names.try_next().await? {
        if all.len() < MOST {
            all.push(listed(name.name(), name.delimiter(), name.attributes()));
        }
    }
    Ok(all)
}

fn listed(raw: &str, delimiter: Option<&str>, attributes: &[NameAttribute<'_>]) -> Listed {
    let name = utf7::decode(raw);
    let name = match delimiter {
        Some(delimiter) if !delimiter.is_empty() => name.replace(delimiter, "/"),
        _ => name,
    };
    let marked = attributes.iter().find_map(|attribute| match attribute {
        NameAttribute::Sent => Some(Kind::Sent),
        NameAttribute::NoSelect
        | NameAttribute::All
        | NameAttribute::Drafts
        | NameAttribute::Flagged
        | NameAttribute::Junk
        | NameAttribute::Trash => Some(Kind::LeftOut),
        NameAttribute::Extension(word) if word.eq_ignore_ascii_case("\\NonExistent") => Some(Kind::LeftOut),
        _ => None,
    });
    Listed { raw: raw.to_owned(), kind: marked.unwrap_or_else(|| by_name(&name)), name }
}

/// Providers put their own folders into brackets, and show every letter there again.
fn by_name(name: &str) -> Kind {
    let last = name.rsplit('/').next().unwrap_or(name).to_lowercase();
    if LEFT_OUT.contains(&last.as_str()) || name.split('/').any(|level| level.starts_with('[')) {
        return Kind::LeftOut;
    }
    Kind::Plain
}

/// `wanted` is what the owner names; empty: the server tells.
fn sent(all: &[Listed], wanted: &str) -> String {
    if !wanted.is_empty() {
        return utf7::encode(wanted);
    }
    let marked = all.iter().find(|folder| folder.kind == Kind::Sent);
    let named = || SENT.iter().find_map(|usual| all.iter().find(|folder| folder.name == *usual));
    marked.or_else(named).map_or(String::new(), |folder| folder.raw.clone())
}

fn choose(all: &[Listed], subscribed: &BTreeSet<String>, folders: &Folders, sent: String) -> Found {
    let is_other = |folder: &&Listed| folder.raw != sent && !folder.raw.eq_ignore_ascii_case(INBOX);
    let (mut others, mut missing) = (Vec::new(), Vec::new());
    match folders {
        Folders::Inbox => {}
        Folders::All => {
            // Whoever is not subscribed even to the inbox uses no subscriptions.
            let counts = subscribed.iter().any(|raw| raw.eq_ignore_ascii_case(INBOX));
            let wanted = |folder: &&Listed| folder.kind == Kind::Plain && (!counts || subscribed.contains(&folder.raw));
            others.extend(all.iter().filter(is_other).filter(wanted).map(|folder| folder.raw.clone()));
        }
        Folders::These(names) => {
            for name in names {
                match all.iter().find(|folder| folder.name == *name) {
                    Some(folder) if is_other(&folder) => others.push(folder.raw.clone()),
                    Some(_) => {}
                    None if name.eq_ignore_ascii_case(INBOX) => {}
                    None => missing.push(name.clone()),
                }
            }
        }
    }
    others.sort_unstable();
    others.dedup();
    others.truncate(MOST_CHOSEN);
    Found { sent, others, missing }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folders() -> Vec<Listed> {
        let plain: &[NameAttribute<'_>] = &[];
        vec![
            listed("INBOX", Some("."), plain),
            listed("INBOX.Shop", Some("."), plain),
            listed("&BCEEPwQwBDw-", Some("."), plain),
            listed("Old", Some("."), &[NameAttribute::Trash]),
            listed("Post", Some("."), &[NameAttribute::Sent]),
            listed("[Gmail].Important", Some("."), plain),
            listed("Group", Some("."), &[NameAttribute::NoSelect]),
            listed("&BBcEMAQ6BDAENwRL-", Some("."), plain),
        ]
    }

    fn chosen(subscribed: &[&str], which: &Folders) -> Found {
        let subscribed = subscribed.iter().map(|name| (*name).to_owned()).collect();
        choose(&folders(), &subscribed, which, sent(&folders(), ""))
    }

    #[test]
    fn all_but_what_is_no_ones_correspondence() {
        assert_eq!(chosen(&[], &Folders::All).others, ["&BBcEMAQ6BDAENwRL-", "INBOX.Shop"]);
        assert_eq!(chosen(&["INBOX", "INBOX.Shop"], &Folders::All).others, ["INBOX.Shop"]);
        assert_eq!(chosen(&["INBOX.Shop"], &Folders::All).others.len(), 2, "subscriptions are not used");
        assert_eq!(chosen(&[], &Folders::Inbox), Found { sent: "Post".to_owned(), ..Found::default() });
    }

    #[test]
    fn those_that_are_named_as_people_name_them() {
        let names = ["Заказы", "INBOX/Shop", "inbox", "Post", "Спам", "Gone"].map(str::to_owned).into();
        let found = chosen(&[], &Folders::These(names));
        assert_eq!(found.others, ["&BBcEMAQ6BDAENwRL-", "&BCEEPwQwBDw-", "INBOX.Shop"], "also what is left out else");
        assert_eq!(found.missing, ["Gone"]);
    }

    #[test]
    fn the_sent_ones_by_mark_by_name_or_by_the_owner() {
        assert_eq!(sent(&folders(), "Отправленные"), "&BB4EQgQ,BEAEMAQyBDsENQQ9BD0ESwQ1-");
        let plain = |raw| listed(raw, Some("/"), &[]);
        assert_eq!(sent(&[plain("Sent Items"), plain("Sent")], ""), "Sent");
        assert_eq!(sent(&[listed("INBOX.Sent", Some("."), &[])], ""), "INBOX.Sent");
        assert_eq!(sent(&[plain("Other")], ""), "");
    }
}
