//! What goes wrong at a provider, each in its own protocol.

use std::time::Duration;

use testkit::{mail, telegram, whatsapp};

use super::{dice::Dice, stand::Stand, strikes::Wound};

/// What kind of trouble a provider has.
#[derive(Debug, Clone, Copy)]
pub enum Trouble {
    /// It answers this much later.
    Slow(Duration),
    /// It never answers, and breaks off after so long.
    Hole(Duration),
    /// It answers with errors, or breaks off.
    Wrong,
}

#[derive(Debug, Clone, Copy)]
enum Provider {
    Telegram,
    WhatsApp,
    Mail,
}

/// In words, and as a fake does it.
type Harm<T> = (&'static str, fn() -> T);

const TELEGRAM: [Harm<telegram::Fault>; 5] = [
    ("is answered by a proxy's page", || telegram::Fault::Html502),
    ("breaks before anything is done", || telegram::Fault::DropBefore),
    ("is done and never answered", || telegram::Fault::DropAfterAccept),
    ("is told to wait for 2 s", || telegram::Fault::FloodWait(2)),
    ("is answered with 500", || telegram::Fault::Status(500, "Internal Server Error".to_owned())),
];

/// Codes of Meta's: 131000 something went wrong, 130429 too many messages.
const WHATSAPP: [Harm<whatsapp::Fault>; 5] = [
    ("is answered by a proxy's page", || whatsapp::Fault::Html(502)),
    ("breaks before anything is done", || whatsapp::Fault::DropBefore),
    ("is done and never answered", || whatsapp::Fault::DropAfterAccept),
    ("is told that it sends too much", || whatsapp::Fault::error(429, 130_429)),
    ("is answered with 500", || whatsapp::Fault::error(500, 131_000)),
];

const MAIL: [Harm<mail::Fault>; 2] = [
    ("breaks before a letter's end", || mail::Fault::ClosesBeforeDot),
    ("takes letters and breaks off", || mail::Fault::ClosesAfterDot),
];

impl Stand {
    /// Does it to one provider. Returns what was done, in words, and what is to be mended.
    pub async fn trouble(&mut self, trouble: Trouble, dice: &mut Dice) -> (String, Option<Wound>) {
        match dice.pick(&[Provider::Telegram, Provider::WhatsApp, Provider::Mail]) {
            Provider::Telegram => (self.trouble_telegram(trouble, dice), Some(Wound::Provider)),
            Provider::WhatsApp => (self.trouble_whatsapp(trouble, dice), Some(Wound::Provider)),
            Provider::Mail => self.trouble_mail(trouble, dice).await,
        }
    }

    /// All is well with all of them.
    pub fn heal(&self) {
        self.world.telegram.heal();
        self.outside.whatsapp.heal();
        self.outside.mail.smtp.breaks(None);
        self.outside.mail.dovecot.resume();
    }

    /// What arrived at people outside the site, each with the address where it did.
    pub fn arrived(&self) -> Vec<(String, String)> {
        let telegram = self.world.telegram.sent().into_iter();
        let mut arrived: Vec<_> =
            telegram.map(|sent| (sent.chat_id.to_string(), sent.text.unwrap_or_default())).collect();
        arrived.extend(self.outside.arrived());
        arrived
    }

    fn trouble_telegram(&self, trouble: Trouble, dice: &mut Dice) -> String {
        let (what, fault) = match trouble {
            Trouble::Slow(by) => ("is slow", telegram::Fault::Slow(by)),
            Trouble::Hole(until) => ("is a black hole", telegram::Fault::Hang(until)),
            Trouble::Wrong => drawn(&TELEGRAM, dice),
        };
        let method = *dice.pick(&["sendMessage", "sendMessage", "*"]);
        self.world.telegram.fail_always(method, fault);
        format!("Telegram {what} ({})", if method == "*" { "every call" } else { method })
    }

    fn trouble_whatsapp(&self, trouble: Trouble, dice: &mut Dice) -> String {
        let (what, fault) = match trouble {
            Trouble::Slow(by) => ("is slow", whatsapp::Fault::Slow(by)),
            Trouble::Hole(until) => ("is a black hole", whatsapp::Fault::Hang(until)),
            Trouble::Wrong => drawn(&WHATSAPP, dice),
        };
        self.outside.whatsapp.fail_always("messages", fault);
        format!("WhatsApp {what} (messages)")
    }

    /// Slow is a mailbox that lets nobody in for a while; one wrong in three that its server is gone.
    async fn trouble_mail(&mut self, trouble: Trouble, dice: &mut Dice) -> (String, Option<Wound>) {
        let mail = &mut self.outside.mail;
        let what = match trouble {
            Trouble::Slow(_) => {
                mail.dovecot.pause();
                "the mailbox lets nobody in"
            }
            Trouble::Hole(_) => {
                mail.smtp.breaks(Some(mail::Fault::SilentAfterDot));
                "SMTP takes letters and never says so"
            }
            Trouble::Wrong if dice.one_in(3) => {
                mail.dovecot.stop().await;
                return ("the mailbox is gone".to_owned(), Some(Wound::MailboxGone));
            }
            Trouble::Wrong => {
                let (what, fault) = drawn(&MAIL, dice);
                mail.smtp.breaks(Some(fault));
                return (format!("SMTP {what}"), Some(Wound::Provider));
            }
        };
        (what.to_owned(), Some(Wound::Provider))
    }
}

fn drawn<T>(harms: &[Harm<T>], dice: &mut Dice) -> (&'static str, T) {
    let (what, fault) = dice.pick(harms);
    (what, fault())
}
