//! The score of a lead: the sum of the points of those rules that hold. Rules are data, so that nobody needs code for them.

use chrono::{DateTime, Utc};

use super::{domain::Lead, moves::State, visits::Did};
use crate::{
    clients::domain::{AddressKind, Kind},
    error::Fault,
    text::{self, search_form},
};

const MOST_RULES: usize = 100;
const MOST_VALUES: usize = 50;
const MOST_DAYS: u32 = 365;
const MOST_POINTS: u32 = 1_000;

/// What a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Looks {
    /// It came by one of these channels.
    Channel,
    /// One of these is part of the source.
    Source,
    /// One of these is part of the comment.
    Comment,
    HasPhone,
    HasEmail,
    HasDialog,
    IsCompany,
    IsRepeated,
    /// So many whole days since it was made.
    AgeDays,
    /// So many whole days without activity.
    SilentDays,
    /// So many visits of the company's sites in the last days.
    Visits,
    /// So many pages, one of the values in their address.
    PageViews,
    /// So many forms sent there; with values, one of them in its name.
    FormsSent,
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Rule {
    pub name: String,
    pub looks: Looks,
    pub values: Vec<String>,
    pub at_least: u32,
    /// `None`: no end.
    pub at_most: Option<u32>,
    /// It holds when the condition does not.
    pub negated: bool,
    pub points: i32,
    /// Of what was done on the sites: in so many last days.
    #[serde(default)]
    pub within_days: u32,
    /// Of that, too: while it holds, somebody should call.
    #[serde(default)]
    pub call: bool,
}

impl Looks {
    const fn has_values(self) -> bool {
        matches!(self, Self::Channel | Self::Source | Self::Comment | Self::PageViews)
    }

    #[must_use]
    pub const fn at_visits(self) -> bool {
        matches!(self, Self::Visits | Self::PageViews | Self::FormsSent)
    }

    /// What it says changes with time alone.
    #[must_use]
    pub const fn ages(self) -> bool {
        matches!(self, Self::AgeDays | Self::SilentDays) || self.at_visits()
    }
}

impl Rule {
    /// Whether a lead meets it, as of a time. `did` is what was counted for it.
    #[must_use]
    pub fn holds(&self, lead: &Lead, did: Did, now: DateTime<Utc>) -> bool {
        let of = &lead.draft;
        let has = |kind| of.addresses.iter().any(|one| one.kind == kind);
        let part = |text: &str| {
            let text = search_form(text);
            self.values.iter().any(|value| text.contains(&search_form(value)))
        };
        let many = |n: u32| n >= self.at_least && self.at_most.is_none_or(|most| n <= most);
        let within = |since: DateTime<Utc>| many(u32::try_from((now - since).num_days().max(0)).unwrap_or(u32::MAX));
        let met = match self.looks {
            Looks::Channel => self.values.iter().any(|value| search_form(value) == search_form(&of.channel)),
            Looks::Source => part(&of.source),
            Looks::Comment => part(&of.comment),
            Looks::HasPhone => has(AddressKind::Phone),
            Looks::HasEmail => has(AddressKind::Email),
            Looks::HasDialog => !lead.points.is_empty(),
            Looks::IsCompany => of.kind == Kind::Company || !of.company_name.is_empty(),
            Looks::IsRepeated => matches!(lead.state, State::Repeated | State::RepeatedProcessed),
            Looks::AgeDays => within(lead.created_at),
            Looks::SilentDays => within(lead.active_at),
            Looks::Visits | Looks::PageViews | Looks::FormsSent => many(did.times),
        };
        met != self.negated
    }

    fn checked(mut self) -> Result<Self, Fault> {
        self.name = text::line("score_rules", &self.name, 100)?;
        if self.points.unsigned_abs() > MOST_POINTS {
            return Err(Fault::invalid("score_rules", "give at most 1,000 points each"));
        }
        self.values.iter_mut().for_each(|value| *value = value.trim().to_owned());
        self.values.retain(|value| !value.is_empty());
        if self.looks.has_values() && !(1..=MOST_VALUES).contains(&self.values.len()) {
            return Err(Fault::invalid("score_rules", "need 1 to 50 values where they compare texts"));
        }
        self.values.iter_mut().for_each(|value| *value = value.split_whitespace().collect::<Vec<_>>().join(" "));
        if self.values.len() > MOST_VALUES || self.values.iter().any(|value| value.chars().count() > 200) {
            return Err(Fault::invalid("score_rules", "hold too many values, or one that is too long"));
        }
        if self.at_most.is_some_and(|most| most < self.at_least) {
            return Err(Fault::invalid("score_rules", "end before they begin"));
        }
        if self.looks.at_visits() != (1..=MOST_DAYS).contains(&self.within_days) {
            return Err(Fault::invalid("score_rules", "need 1 to 365 days where they count visits, and only there"));
        }
        if self.call && (self.negated || self.at_least == 0 || !self.looks.at_visits()) {
            return Err(Fault::invalid("score_rules", "ask for a call only for something done on the site"));
        }
        Ok(self)
    }
}

/// In their stored form.
///
/// # Errors
/// [`Fault::Invalid`].
pub fn checked(rules: Vec<Rule>) -> Result<Vec<Rule>, Fault> {
    if rules.len() > MOST_RULES {
        return Err(Fault::invalid("score_rules", "must be at most 100"));
    }
    rules.into_iter().map(Rule::checked).collect()
}

/// The rules that hold, in their order.
pub fn breakdown<'a>(lead: &'a Lead, rules: &'a [Rule], now: DateTime<Utc>) -> impl Iterator<Item = &'a Rule> {
    let did = |place| lead.did.get(place).copied().unwrap_or_default();
    rules.iter().enumerate().filter(move |(place, rule)| rule.holds(lead, did(*place), now)).map(|(_, rule)| rule)
}

/// The first rule that asks for a call, while nobody has done anything since.
#[must_use]
pub fn calling<'a>(lead: &Lead, rules: &'a [Rule], now: DateTime<Utc>) -> Option<&'a Rule> {
    let asks = |(rule, did): &(&Rule, &Did)| {
        rule.call && rule.holds(lead, **did, now) && did.last_at.is_some_and(|at| at > lead.active_at)
    };
    rules.iter().zip(&lead.did).find(asks).map(|(rule, _)| rule)
}

#[must_use]
pub fn score(lead: &Lead, rules: &[Rule], now: DateTime<Utc>) -> i32 {
    breakdown(lead, rules, now).map(|rule| rule.points).sum()
}

#[cfg(test)]
mod tests {
    use chrono::Duration;

    use super::*;
    use crate::leads::next_step::tests::lead;

    fn rule(looks: Looks, values: &[&str], days: (u32, Option<u32>)) -> Rule {
        let (name, values) = ("Правило".to_owned(), values.iter().map(|value| (*value).to_owned()).collect());
        let within_days = if looks.at_visits() { 7 } else { 0 };
        Rule {
            name,
            looks,
            values,
            at_least: days.0,
            at_most: days.1,
            negated: false,
            points: 10,
            within_days,
            call: false,
        }
    }

    #[test]
    fn each_condition_looks_at_its_own_field() {
        let now = Utc::now();
        let mut lead = lead(now);
        lead.created_at = now - Duration::days(10);
        lead.active_at = now - Duration::days(3);
        (lead.draft.channel, lead.draft.source) = ("telegram".into(), "Яндекс Директ".into());
        let any = (0, None);
        let table = [
            (rule(Looks::Channel, &["Telegram", "vk"], any), true),
            (rule(Looks::Channel, &["tele"], any), false),
            (rule(Looks::Source, &["директ"], any), true),
            (rule(Looks::Comment, &["срочно"], any), false),
            (rule(Looks::HasPhone, &[], any), false),
            (rule(Looks::HasDialog, &[], any), false),
            (rule(Looks::IsCompany, &[], any), false),
            (rule(Looks::IsRepeated, &[], any), false),
            (rule(Looks::AgeDays, &[], (10, Some(10))), true),
            (rule(Looks::AgeDays, &[], (11, None)), false),
            (rule(Looks::SilentDays, &[], (0, Some(2))), false),
            (rule(Looks::SilentDays, &[], (3, None)), true),
            (rule(Looks::PageViews, &["цены"], (3, None)), true),
            (rule(Looks::Visits, &[], (4, None)), false),
        ];
        for (rule, holds) in table {
            let did = Did { times: 3, last_at: Some(now) };
            assert_eq!(rule.holds(&lead, did, now), holds, "{rule:?}");
            assert_eq!(Rule { negated: true, ..rule.clone() }.holds(&lead, did, now), !holds, "{rule:?}");
        }
        let rules = [rule(Looks::Source, &["директ"], any), Rule { points: -3, ..rule(Looks::AgeDays, &[], any) }];
        assert_eq!(score(&lead, &rules, now), 7);
    }

    #[test]
    fn a_call_is_asked_for_until_somebody_does_something() {
        let now = Utc::now();
        let asks = Rule { call: true, ..rule(Looks::PageViews, &["цены"], (3, None)) };
        let rules = [rule(Looks::HasPhone, &[], (0, None)), asks];
        let mut lead = lead(now);
        lead.active_at = now - Duration::days(2);
        assert!(calling(&lead, &rules, now).is_none(), "nothing was counted");
        lead.did = vec![Did::default(), Did { times: 3, last_at: Some(now - Duration::days(1)) }];
        assert_eq!(calling(&lead, &rules, now).map(|rule| rule.name.as_str()), Some("Правило"));
        lead.active_at = now;
        assert!(calling(&lead, &rules, now).is_none());
    }

    #[test]
    fn what_no_lead_could_meet_is_refused() {
        assert!(checked(vec![rule(Looks::Channel, &[" "], (0, None))]).is_err());
        assert!(checked(vec![rule(Looks::AgeDays, &[], (5, Some(4)))]).is_err());
        assert!(checked(vec![Rule { points: 1_001, ..rule(Looks::HasPhone, &[], (0, None)) }]).is_err());
        assert!(checked(vec![rule(Looks::HasPhone, &[], (0, None)); 101]).is_err());
        assert!(checked(vec![rule(Looks::Channel, &["vk"], (0, None))]).is_ok());
        let pages = rule(Looks::PageViews, &["цены"], (3, None));
        assert!(checked(vec![Rule { within_days: 0, ..pages.clone() }]).is_err());
        assert!(checked(vec![Rule { within_days: 7, ..rule(Looks::HasPhone, &[], (0, None)) }]).is_err());
        assert!(checked(vec![Rule { call: true, negated: true, ..pages.clone() }]).is_err());
        assert!(checked(vec![Rule { call: true, ..rule(Looks::HasPhone, &[], (0, None)) }]).is_err());
        assert!(checked(vec![Rule { call: true, ..pages }]).is_ok());
    }
}
