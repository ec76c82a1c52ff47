use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};

use chrono::Utc;
use contracts::live::PresenceSignal;
use model::EmployeeId;
use parking_lot::Mutex;
use redis::Script;
use runtime::Stop;
use tokio::{
    sync::Notify,
    time::{Instant, interval, sleep_until},
};

use crate::{
    live::{readers::Readers, signal::Signal},
    marks::Marks,
};

/// How long a mark stands without being renewed.
const MARK: Duration = Duration::from_secs(30);
const RENEW: Duration = Duration::from_secs(5);
/// Who comes within this time is told of together: at the start of a shift thousands come to thousands of pages.
const TOGETHER: Duration = Duration::from_secs(1);
/// People whom one such message names at most; the rest follow with the next: seven thousand names to seven thousand pages
/// at once would be gigabytes that wait.
const NAMES: usize = 200;
/// Pages that one employee may have open; above it something is looping.
const MOST_STREAMS: usize = 32;

/// Renews the marks of those who have a page open at this replica, and tells who is online at any.
///
/// `okno:online:<employee>` is what others read; the sorted set spares us a scan.
const MARK_AND_LIST: &str = "
    for i = 3, #ARGV do
        redis.call('set', 'okno:online:' .. ARGV[i], '1', 'px', ARGV[2])
        redis.call('zadd', KEYS[1], ARGV[1] + ARGV[2], ARGV[i])
    end
    redis.call('zremrangebyscore', KEYS[1], '-inf', ARGV[1])
    return redis.call('zrange', KEYS[1], 0, -1)";

/// Who has a page open.
pub struct Presence {
    marks: Marks,
    script: Script,
    open: Mutex<HashMap<EmployeeId, usize>>,
    /// Somebody has just come: they are marked at once.
    arrived: Notify,
    readers: Arc<Readers>,
}

impl Presence {
    #[must_use]
    pub fn new(marks: Marks, readers: Arc<Readers>) -> Arc<Self> {
        let (script, open, arrived) = (Script::new(MARK_AND_LIST), Mutex::default(), Notify::new());
        Arc::new(Self { marks, script, open, arrived, readers })
    }

    /// Counts a page in until the guard is dropped. `None`: this employee has too many open.
    #[must_use]
    pub fn enter(self: &Arc<Self>, employee: EmployeeId) -> Option<OpenPage> {
        let mut open = self.open.lock();
        let count = open.entry(employee).or_default();
        if *count >= MOST_STREAMS {
            return None;
        }
        *count += 1;
        if *count == 1 {
            self.arrived.notify_one();
        }
        metrics::gauge!("okno_edge_watch_streams").increment(1.0);
        Some(OpenPage { presence: self.clone(), employee })
    }

    pub async fn run(self: Arc<Self>, stop: Stop) {
        let mut tick = interval(RENEW);
        let mut told: Option<HashSet<String>> = None;
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                () = self.arrived.notified() => {}
                _ = tick.tick() => {}
            }
            let began = Instant::now();
            let now = self.renew().await;
            if let Some(news) = changes(told.get_or_insert_with(|| now.clone()), &now) {
                self.readers.signal(Signal::presence(news));
                self.arrived.notify_one(); // there may be more
            }
            if stop.run_until_cancelled(sleep_until(began + TOGETHER)).await.is_none() {
                break;
            }
        }
    }

    async fn renew(&self) -> HashSet<String> {
        let here: Vec<String> = self.open.lock().keys().map(ToString::to_string).collect();
        let mut args = vec![Utc::now().timestamp_millis().to_string(), MARK.as_millis().to_string()];
        args.extend(here.iter().cloned());
        let everywhere: Option<Vec<String>> = self.marks.run(&self.script, &["okno:online"], &args).await;
        everywhere.unwrap_or(here).into_iter().collect()
    }
}

/// Who came and who went since it was told, if anyone, and puts it down as told.
fn changes(told: &mut HashSet<String>, now: &HashSet<String>) -> Option<PresenceSignal> {
    let gone_employee_ids: Vec<_> = told.difference(now).take(NAMES).cloned().collect();
    let came_employee_ids: Vec<_> = now.difference(told).take(NAMES).cloned().collect();
    gone_employee_ids.iter().for_each(|id| _ = told.remove(id));
    told.extend(came_employee_ids.iter().cloned());
    let any = !came_employee_ids.is_empty() || !gone_employee_ids.is_empty();
    any.then_some(PresenceSignal { came_employee_ids, gone_employee_ids })
}

/// An open page; dropping it counts the employee out.
pub struct OpenPage {
    presence: Arc<Presence>,
    employee: EmployeeId,
}

impl Drop for OpenPage {
    fn drop(&mut self) {
        metrics::gauge!("okno_edge_watch_streams").decrement(1.0);
        let mut open = self.presence.open.lock();
        if let Some(count) = open.get_mut(&self.employee) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.employee);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_employee_is_online_while_a_page_is_open() {
        let presence = Presence::new(Marks::new(None).unwrap(), Arc::default());
        let employee = EmployeeId::new();
        let first = presence.enter(employee).unwrap();
        let second = presence.enter(employee).unwrap();
        drop(first);
        assert!(presence.open.lock().contains_key(&employee));
        drop(second);
        assert!(presence.open.lock().is_empty());
    }

    #[test]
    fn one_employee_cannot_open_pages_without_end() {
        let presence = Presence::new(Marks::new(None).unwrap(), Arc::default());
        let employee = EmployeeId::new();
        let pages: Vec<_> = (0..MOST_STREAMS).map(|_| presence.enter(employee).unwrap()).collect();
        assert!(presence.enter(employee).is_none());
        drop(pages);
        assert!(presence.enter(employee).is_some());
    }

    #[test]
    fn only_changes_are_told() {
        let set = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<HashSet<_>>();
        let mut told = set(&["a", "b"]);
        assert_eq!(changes(&mut told, &set(&["b", "a"])), None);
        let news = changes(&mut told, &set(&["b", "c"])).unwrap();
        assert_eq!((news.came_employee_ids, news.gone_employee_ids), (vec!["c".to_owned()], vec!["a".to_owned()]));
        assert_eq!(told, set(&["b", "c"]));
    }

    #[test]
    fn a_whole_company_is_told_of_in_pieces() {
        let (mut told, now) = (HashSet::new(), (0..NAMES * 2 + 1).map(|n| n.to_string()).collect());
        let pieces = std::iter::from_fn(|| changes(&mut told, &now));
        assert_eq!(pieces.map(|news| news.came_employee_ids.len()).collect::<Vec<_>>(), [NAMES, NAMES, 1]);
    }
}
