use std::time::Duration;

use contracts::channel::FailureReason as R;

use crate::describe::{REMEDY_APP, REMEDY_CAPTCHA, REMEDY_RIGHTS, REMEDY_TOKEN, REMEDY_VALIDATION};

/// What an error code means for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// It may have been done.
    Unknown,
    /// Not done; the whole community waits.
    Wait(Duration),
    /// Too many alike: not done, and a third try will not help either.
    Flood,
    /// Only an administrator can help.
    Account(&'static str),
    /// The upload is to begin anew.
    Upload,
    /// The buttons are at fault, not the message.
    Keyboard,
    Refused(R),
}

const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(3600);

/// VK's table of errors (<https://dev.vk.com/ru/reference/errors>, <https://dev.vk.com/ru/method/messages.send>; read
/// 2026-11-26), with our verdict. Whatever is new is a refusal, told in VK's own words.
pub fn verdict(code: i64) -> Verdict {
    use Verdict::{Account, Flood, Keyboard, Refused, Unknown, Upload, Wait};
    match code {
        1 | 10 | 36 => Unknown,
        6 => Wait(SECOND),
        29 => Wait(HOUR),
        9 => Flood,
        14 | 3300 => Account(REMEDY_CAPTCHA),
        5 | 27 | 28 => Account(REMEDY_TOKEN),
        7 | 15 | 20 | 203 => Account(REMEDY_RIGHTS),
        17 | 24 | 25 => Account(REMEDY_VALIDATION),
        2 | 38 | 40 => Account(REMEDY_APP),
        22 | 105 | 118 | 121 | 129 => Upload,
        911 | 912 => Keyboard,
        23 | 43 => Refused(R::NotSupported),
        18 | 37 | 39 => Refused(R::Unreachable),
        // The community has shut the person out, not the other way round: only it can lift that, so nothing is closed here.
        900 => Refused(R::BarredByUs),
        902 => Refused(R::BlockedByClient),
        901 | 983..=988 => Refused(R::CannotWriteFirst),
        950 => Refused(R::WindowClosed),
        909 | 924 => Refused(R::TooOld),
        910 | 914 => Refused(R::TooLong),
        913 | 920 | 921 | 940 | 969 => Refused(R::NotSupported),
        917 | 922 | 925 | 927 | 932 | 935 | 936 | 945 | 946 => Refused(R::Unreachable),
        _ => Refused(R::Rejected),
    }
}
