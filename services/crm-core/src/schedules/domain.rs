use chrono::NaiveDate;
use model::ScheduleId;

use crate::{
    change::{RequestHash, Revision},
    error::Fault,
    text,
};

const DAY: u32 = 1440;
const MOST_INTERVALS: usize = 70;
const MOST_DAYS_OFF: usize = 1_000;

/// A stretch of one weekday in local time, minutes from midnight, the end excluded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Interval {
    /// 1 Monday .. 7 Sunday.
    pub weekday: u32,
    pub from_minute: u32,
    pub to_minute: u32,
}

impl Interval {
    const fn fits(self) -> bool {
        matches!(self.weekday, 1..=7) && self.from_minute < self.to_minute && self.to_minute <= DAY
    }

    /// Minutes of the week from Monday 00:00.
    #[must_use]
    pub const fn of_week(self) -> (i32, i32) {
        let midnight = (self.weekday - 1) * DAY;
        ((midnight + self.from_minute).cast_signed(), (midnight + self.to_minute).cast_signed())
    }

    /// The inverse of [`Interval::of_week`].
    #[must_use]
    pub fn from_week(from: i32, to: i32) -> Option<Self> {
        let (from, to) = (u32::try_from(from).ok()?, u32::try_from(to).ok()?);
        let (weekday, midnight) = (from / DAY + 1, from / DAY * DAY);
        let interval = Self { weekday, from_minute: from - midnight, to_minute: to.checked_sub(midnight)? };
        interval.fits().then_some(interval)
    }
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Schedule {
    pub id: ScheduleId,
    pub revision: Revision,
    pub name: String,
    /// IANA.
    pub time_zone: String,
    pub intervals: Vec<Interval>,
    pub days_off: Vec<NaiveDate>,
}

impl Schedule {
    /// The next version with these changes, checked.
    ///
    /// # Errors
    /// [`Fault::Invalid`].
    pub fn changed(&self, patch: Patch) -> Result<Self, Fault> {
        let next = Self {
            id: self.id,
            revision: self.revision.next(),
            name: patch.name.unwrap_or_else(|| self.name.clone()),
            time_zone: patch.time_zone.unwrap_or_else(|| self.time_zone.clone()),
            intervals: patch.intervals.unwrap_or_else(|| self.intervals.clone()),
            days_off: patch.days_off.unwrap_or_else(|| self.days_off.clone()),
        };
        next.checked()
    }

    fn checked(mut self) -> Result<Self, Fault> {
        self.name = text::line("name", &self.name, 200)?;
        self.time_zone = text::time_zone("time_zone", &self.time_zone)?;
        self.intervals.sort_unstable();
        check_intervals(&self.intervals)?;
        self.days_off.sort_unstable();
        self.days_off.dedup();
        if self.days_off.len() > MOST_DAYS_OFF {
            return Err(Fault::invalid("days_off", "must be at most 1,000"));
        }
        Ok(self)
    }
}

/// They come sorted.
fn check_intervals(intervals: &[Interval]) -> Result<(), Fault> {
    if intervals.len() > MOST_INTERVALS {
        return Err(Fault::invalid("intervals", "must be at most 70"));
    }
    if !intervals.iter().all(|interval| interval.fits()) {
        return Err(Fault::invalid("intervals", "must lie within a weekday from 1 to 7 and end after they begin"));
    }
    let overlap = intervals.windows(2).any(|w| w[0].weekday == w[1].weekday && w[1].from_minute < w[0].to_minute);
    if overlap { Err(Fault::invalid("intervals", "must not overlap")) } else { Ok(()) }
}

#[derive(Debug, Clone)]
pub struct NewSchedule {
    pub id: ScheduleId,
    pub request: RequestHash,
    pub name: String,
    pub time_zone: String,
    pub intervals: Vec<Interval>,
    pub days_off: Vec<NaiveDate>,
}

impl NewSchedule {
    /// The first version, checked.
    ///
    /// # Errors
    /// [`Fault::Invalid`].
    pub fn schedule(self) -> Result<Schedule, Fault> {
        let Self { id, name, time_zone, intervals, days_off, .. } = self;
        Schedule { id, revision: Revision(1), name, time_zone, intervals, days_off }.checked()
    }
}

/// What to change; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct Patch {
    pub seen: Option<Revision>,
    pub name: Option<String>,
    pub time_zone: Option<String>,
    pub intervals: Option<Vec<Interval>>,
    pub days_off: Option<Vec<NaiveDate>>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(weekday: u32, from_minute: u32, to_minute: u32) -> Interval {
        Interval { weekday, from_minute, to_minute }
    }

    fn schedule(intervals: Vec<Interval>) -> Result<Schedule, Fault> {
        let (id, request) = (ScheduleId::new(), RequestHash::of(b""));
        let (name, time_zone) = ("Пятидневка".to_owned(), "Europe/Moscow".to_owned());
        NewSchedule { id, request, name, time_zone, intervals, days_off: Vec::new() }.schedule()
    }

    #[test]
    fn intervals_lie_within_a_day_and_do_not_overlap() {
        let bad = [
            vec![interval(0, 0, 60)],
            vec![interval(8, 0, 60)],
            vec![interval(1, 60, 60)],
            vec![interval(1, 0, 1441)],
            vec![interval(1, 540, 800), interval(1, 600, 610)],
        ];
        for intervals in bad {
            assert!(schedule(intervals).is_err());
        }
        let good = schedule(vec![interval(1, 780, 1080), interval(1, 540, 780), interval(7, 0, 1440)]).unwrap();
        assert_eq!(good.intervals[0], interval(1, 540, 780));
    }

    #[test]
    fn an_interval_reads_back_from_its_minutes_of_the_week() {
        for interval in [interval(1, 0, 1), interval(3, 540, 1080), interval(7, 0, 1440)] {
            let (from, to) = interval.of_week();
            assert_eq!(Interval::from_week(from, to), Some(interval));
        }
        assert_eq!(interval(7, 0, 1440).of_week(), (8640, 10080));
    }
}
