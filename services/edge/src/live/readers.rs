//! Whom an event or a signal may concern, looked up once for all open streams. Were each stream to look at each event, a
//! thousand events a second would take seven and a half million looks at 7,500 open pages.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    sync::Arc,
    time::Duration,
};

use contracts::live::{Audience, Event};
use parking_lot::Mutex;
use rpc::{Caller, Subject};
use runtime::Stop;
use tokio::{sync::Notify, time::sleep};

use crate::{
    identity::matters,
    live::{
        ring::{Offered, Place, Ring},
        signal::Signal,
    },
    upstream::Area,
};

/// Events that wait for one stream; with more it looks into the ring instead.
const WAITING: usize = 1_024;
/// Signals that wait for one stream; a page that is told of more at once reloads.
const SIGNALS: usize = 256;
/// Streams that are woken in one go when all are.
const AT_ONCE: usize = 64;
/// Between these others have their turn: who is told of a message does not wait until thousands know a channel's new name.
const TURN: Duration = Duration::from_millis(2);

/// Every open stream, by whom it belongs to.
#[derive(Default)]
pub struct Readers {
    everyone: Mutex<Everyone>,
    /// All mailboxes have got something.
    all: Notify,
}

#[derive(Default)]
struct Everyone {
    next: u64,
    mailboxes: HashMap<u64, Arc<Mailbox>>,
    employees: HashMap<String, HashSet<u64>>,
    departments: HashMap<String, HashSet<u64>>,
    /// They learn of nearly everything.
    administrators: HashSet<u64>,
}

#[derive(Default)]
struct Mailbox {
    held: Mutex<Held>,
    filled: Notify,
}

/// What a stream has to look at.
#[derive(Default)]
pub struct Held {
    pub events: VecDeque<(Area, Arc<Event>)>,
    /// Into the ring, from its own place: too much came, or another history has begun.
    pub look: bool,
    pub signals: Vec<Arc<Signal>>,
    /// More signals came than are kept.
    pub missed: bool,
}

/// One stream among the readers, until it is dropped.
pub struct Seat {
    readers: Arc<Readers>,
    number: u64,
    mailbox: Arc<Mailbox>,
    caller: Caller,
}

impl Readers {
    /// Seats a stream of whoever this is. What is in the rings by now it must look at itself; all that follows comes by its
    /// mailbox.
    #[must_use]
    pub fn enter(self: &Arc<Self>, caller: &Caller) -> Seat {
        let mailbox = Arc::new(Mailbox::default());
        let mut everyone = self.everyone.lock();
        everyone.next += 1;
        let number = everyone.next;
        everyone.mailboxes.insert(number, mailbox.clone());
        everyone.list(number, caller);
        drop(everyone);
        Seat { readers: self.clone(), number, mailbox, caller: caller.clone() }
    }

    /// [`Ring::offer`], and tells those whom it may concern, in one step.
    pub fn offer(&self, area: Area, ring: &Ring, event: &Arc<Event>) -> Offered {
        let everyone = self.everyone.lock();
        let offered = ring.offer(event);
        if offered == Offered::Taken && everyone.tell(area, event) {
            self.all.notify_one();
        }
        offered
    }

    /// [`Ring::append_listed`], and tells those whom they may concern, in one step.
    pub fn append_listed(&self, area: Area, ring: &Ring, events: &[Arc<Event>], head_of_page: u64) {
        let everyone = self.everyone.lock();
        ring.append_listed(events, head_of_page);
        let told: Vec<bool> = events.iter().map(|event| everyone.tell(area, event)).collect();
        if told.contains(&true) {
            self.all.notify_one();
        }
    }

    /// Tells whoever may learn of it and is there. A signal is true for a moment: it is not kept.
    pub fn signal(&self, signal: Signal) {
        let (signal, everyone) = (Arc::new(signal), self.everyone.lock());
        if signal.audience.everyone {
            everyone.mailboxes.values().for_each(|mailbox| mailbox.signal(&signal));
            return self.all.notify_one();
        }
        for mailbox in everyone.concerned(&signal.audience) {
            mailbox.signal(&signal);
            mailbox.filled.notify_one();
        }
    }

    /// Wakes all streams when all have got something, a few at a time.
    pub async fn wake(self: Arc<Self>, stop: Stop) {
        while stop.run_until_cancelled(self.all.notified()).await.is_some() {
            let mailboxes: Vec<_> = self.everyone.lock().mailboxes.values().cloned().collect();
            for some in mailboxes.chunks(AT_ONCE) {
                some.iter().for_each(|mailbox| mailbox.wake());
                sleep(TURN).await;
            }
        }
    }

    /// [`Ring::begin`]; all streams look.
    pub fn begin(&self, ring: &Ring, place: Place) {
        let everyone = self.everyone.lock();
        ring.begin(place);
        everyone.mailboxes.values().for_each(|mailbox| mailbox.look());
    }

    /// The newest place; all up to it lies in the mailboxes.
    #[must_use]
    pub fn head(&self, ring: &Ring) -> Option<Place> {
        let _nobody_tells_meanwhile = self.everyone.lock();
        ring.head()
    }
}

impl Everyone {
    fn list(&mut self, number: u64, caller: &Caller) {
        let Subject::Employee(id) = caller.subject else { return };
        self.employees.entry(id.to_string()).or_default().insert(number);
        for department in caller.seen_departments.iter().chain(&caller.departments) {
            self.departments.entry(department.to_string()).or_default().insert(number);
        }
        if caller.is_administrator() {
            self.administrators.insert(number);
        }
    }

    fn strike(&mut self, number: u64, caller: &Caller) {
        let Subject::Employee(id) = caller.subject else { return };
        remove(&mut self.employees, &id.to_string(), number);
        for department in caller.seen_departments.iter().chain(&caller.departments) {
            remove(&mut self.departments, &department.to_string(), number);
        }
        self.administrators.remove(&number);
    }

    /// More may be told than may learn of it: each stream decides for itself. `true`: it lies in all mailboxes, and nobody
    /// is awake yet.
    fn tell(&self, area: Area, event: &Arc<Event>) -> bool {
        let Some(audience) = &event.audience else { return false };
        if audience.everyone || matters(event) {
            self.mailboxes.values().for_each(|mailbox| mailbox.put(area, event));
            return true;
        }
        for mailbox in self.concerned(audience) {
            mailbox.put(area, event);
            mailbox.filled.notify_one();
        }
        false
    }

    fn concerned(&self, audience: &Audience) -> impl Iterator<Item = &Arc<Mailbox>> {
        let employees = audience.employee_ids.iter().filter_map(|id| self.employees.get(id));
        let departments = audience.department_ids.iter().filter_map(|id| self.departments.get(id));
        let all = employees.chain(departments).chain([&self.administrators]).flatten();
        all.filter_map(|number| self.mailboxes.get(number))
    }
}

fn remove(lists: &mut HashMap<String, HashSet<u64>>, id: &str, number: u64) {
    let Some(list) = lists.get_mut(id) else { return };
    list.remove(&number);
    if list.is_empty() {
        lists.remove(id);
    }
}

impl Mailbox {
    fn put(&self, area: Area, event: &Arc<Event>) {
        let mut held = self.held.lock();
        // Whoever is named twice is told once.
        if held.look || held.events.back().is_some_and(|(_, last)| Arc::ptr_eq(last, event)) {
            return;
        }
        held.events.push_back((area, event.clone()));
        if held.events.len() > WAITING {
            (held.events, held.look) = (VecDeque::new(), true);
        }
    }

    fn signal(&self, signal: &Arc<Signal>) {
        let mut held = self.held.lock();
        // Whoever is named twice is told once.
        if held.signals.last().is_some_and(|last| Arc::ptr_eq(last, signal)) {
            return;
        }
        match held.signals.len() < SIGNALS {
            true => held.signals.push(signal.clone()),
            false => held.missed = true,
        }
    }

    fn look(&self) {
        let mut held = self.held.lock();
        (held.events, held.look) = (VecDeque::new(), true);
        drop(held);
        self.filled.notify_one();
    }

    fn wake(&self) {
        let held = self.held.lock();
        if held.look || !held.events.is_empty() || !held.signals.is_empty() {
            self.filled.notify_one();
        }
    }
}

impl Seat {
    /// Waits until there is something.
    pub async fn filled(&self) {
        self.mailbox.filled.notified().await;
    }

    /// Takes all that waits.
    #[must_use]
    pub fn take(&self) -> Held {
        std::mem::take(&mut *self.mailbox.held.lock())
    }

    /// Whoever it belongs to has got other rights. What the rings hold by now it must look at itself.
    pub fn change(&mut self, now: &Caller) {
        let mut everyone = self.readers.everyone.lock();
        everyone.strike(self.number, &self.caller);
        everyone.list(self.number, now);
        self.caller = now.clone();
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut everyone = self.readers.everyone.lock();
        everyone.strike(self.number, &self.caller);
        everyone.mailboxes.remove(&self.number);
    }
}

#[cfg(test)]
mod tests {
    use contracts::live::{
        Audience, DepartmentChanged, LiveSignal, PresenceSignal, TypingSignal, event::What, live_signal,
    };
    use model::{DepartmentId, EmployeeId};

    use super::*;

    struct Scene {
        readers: Arc<Readers>,
        ring: Ring,
    }

    impl Scene {
        fn new() -> Self {
            let scene = Self { readers: Arc::default(), ring: Ring::default() };
            scene.readers.begin(&scene.ring, Place { epoch: "e".to_owned(), position: 0 });
            scene
        }

        fn happens(&self, position: u64, audience: Audience, what: Option<What>) {
            let event = Event { epoch: "e".to_owned(), position, audience: Some(audience), what, ..Event::default() };
            assert_eq!(self.readers.offer(Area::Inbox, &self.ring, &Arc::new(event)), Offered::Taken);
        }
    }

    fn told(seat: &Seat) -> Vec<u64> {
        seat.take().events.iter().map(|(_, event)| event.position).collect()
    }

    fn of(employee: EmployeeId) -> Audience {
        Audience { employee_ids: vec![employee.to_string()], ..Audience::default() }
    }

    #[test]
    fn only_those_whom_an_event_may_concern_are_told() {
        let (scene, me, department) = (Scene::new(), EmployeeId::new(), DepartmentId::new());
        let mine = scene.readers.enter(&Caller::operator(me));
        let head = Caller { seen_departments: vec![department], ..Caller::operator(EmployeeId::new()) };
        let [head, stranger] = [head, Caller::operator(EmployeeId::new())].map(|who| scene.readers.enter(&who));
        let administrator = scene.readers.enter(&Caller::administrator(EmployeeId::new()));
        let both = Audience { department_ids: vec![department.to_string()], ..of(me) };
        scene.happens(1, both, None);
        scene.happens(2, of(me), None);
        scene.happens(3, Audience { everyone: true, ..Audience::default() }, None);
        scene.happens(4, of(me), Some(What::DepartmentChanged(DepartmentChanged::default())));
        assert_eq!(
            [&mine, &head, &stranger, &administrator].map(told),
            [vec![1, 2, 3, 4], vec![1, 3, 4], vec![3, 4], vec![1, 2, 3, 4]]
        );
        assert_eq!(scene.readers.head(&scene.ring).unwrap().position, 4);
    }

    #[test]
    fn other_rights_are_other_mail_and_who_leaves_gets_none() {
        let (scene, department) = (Scene::new(), DepartmentId::new());
        let before = Caller::operator(EmployeeId::new());
        let now = Caller { seen_departments: vec![department], ..before.clone() };
        let mut seat = scene.readers.enter(&before);
        let ours = || Audience { department_ids: vec![department.to_string()], ..Audience::default() };
        scene.happens(1, ours(), None);
        seat.change(&now);
        scene.happens(2, ours(), None);
        seat.change(&before);
        scene.happens(3, ours(), None);
        assert_eq!(told(&seat), [2]);
        drop(seat);
        let everyone = scene.readers.everyone.lock();
        assert!(everyone.mailboxes.is_empty() && everyone.employees.is_empty() && everyone.departments.is_empty());
    }

    #[test]
    fn who_falls_far_behind_or_meets_another_history_looks_into_the_ring() {
        let (scene, me) = (Scene::new(), EmployeeId::new());
        let seat = scene.readers.enter(&Caller::operator(me));
        for position in 1..=WAITING as u64 {
            scene.happens(position, of(me), None);
        }
        let held = seat.take();
        assert_eq!((held.events.len(), held.look), (WAITING, false));
        for position in 1..=WAITING as u64 + 1 {
            scene.happens(WAITING as u64 + position, of(me), None);
        }
        let held = seat.take();
        assert!(held.look && held.events.is_empty());
        scene.readers.begin(&scene.ring, Place { epoch: "f".to_owned(), position: 0 });
        assert!(seat.take().look);
    }

    fn typing(audience: Audience) -> Signal {
        let what = Some(live_signal::What::Typing(TypingSignal::default()));
        Signal::of(LiveSignal { audience: Some(audience), what }).unwrap()
    }

    #[test]
    fn a_signal_wakes_only_those_whom_it_may_concern() {
        let (scene, me) = (Scene::new(), EmployeeId::new());
        let [mine, other] = [me, EmployeeId::new()].map(|id| scene.readers.enter(&Caller::operator(id)));
        scene.readers.signal(typing(of(me)));
        scene.readers.signal(Signal::presence(PresenceSignal::default()));
        assert_eq!([&mine, &other].map(|seat| seat.take().signals.len()), [2, 1]);
        for _ in 0..=SIGNALS {
            scene.readers.signal(typing(of(me)));
        }
        let held = mine.take();
        assert_eq!((held.signals.len(), held.missed), (SIGNALS, true));
        assert!(!mine.take().missed);
    }

    #[tokio::test]
    async fn what_all_are_told_wakes_everyone() {
        let scene = Scene::new();
        let seats: Vec<_> =
            (0..AT_ONCE * 2 + 1).map(|_| scene.readers.enter(&Caller::operator(EmployeeId::new()))).collect();
        let stop = Stop::new();
        let all_are_told = async {
            scene.happens(1, Audience { everyone: true, ..Audience::default() }, None);
            for seat in &seats {
                seat.filled().await;
                assert_eq!(told(seat), [1]);
            }
            stop.cancel();
        };
        tokio::join!(scene.readers.clone().wake(stop.clone()), all_are_told);
    }
}
