use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// What a process can say about itself: ready when every component is, alive until one is beyond help.
#[derive(Clone, Default)]
pub struct Health(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    /// `None`: ready. `Some`: why not.
    components: BTreeMap<String, Option<String>>,
    dead: Option<String>,
    stopping: bool,
}

/// The answer to "may traffic come?".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Readiness {
    pub ready: bool,
    /// Component and reason of each that is not ready.
    pub waiting_for: Vec<(String, String)>,
}

impl Health {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a component that is not ready yet, or takes up the one of that name anew.
    #[must_use]
    pub fn component(&self, name: &str) -> Component {
        let component = Component { health: self.clone(), name: name.into() };
        component.not_ready("starting");
        component
    }

    /// Not ready while a component is not, and from the moment of stopping.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        let state = self.state();
        let mut waiting_for: Vec<_> =
            state.components.iter().filter_map(|(name, problem)| Some((name.clone(), problem.clone()?))).collect();
        if state.stopping {
            waiting_for.push(("process".to_owned(), "stopping".to_owned()));
        }
        Readiness { ready: waiting_for.is_empty(), waiting_for }
    }

    /// `Some(why)` when only a restart of the process helps.
    #[must_use]
    pub fn dead(&self) -> Option<String> {
        self.state().dead.clone()
    }

    /// Says that only a restart of the process helps.
    pub fn give_up(&self, reason: impl Into<String>) {
        self.state().dead = Some(reason.into());
    }

    /// Readiness ends here, so that a balancer sends nothing new while we drain.
    pub fn stopping(&self) {
        self.state().stopping = true;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One part of a process that traffic depends on.
#[derive(Clone)]
pub struct Component {
    health: Health,
    name: Arc<str>,
}

impl Component {
    pub fn ready(&self) {
        self.set(None);
    }

    pub fn not_ready(&self, reason: impl Into<String>) {
        self.set(Some(reason.into()));
    }

    /// Takes the component out of the reckoning: it was stopped on purpose.
    pub fn remove(&self) {
        self.health.state().components.remove(&*self.name);
    }

    fn set(&self, problem: Option<String>) {
        self.health.state().components.insert(self.name.to_string(), problem);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_only_when_every_component_is() {
        let health = Health::new();
        let (bus, database) = (health.component("bus"), health.component("database"));
        bus.ready();
        let readiness = health.readiness();
        assert!(!readiness.ready);
        assert_eq!(readiness.waiting_for, [("database".to_owned(), "starting".to_owned())]);
        database.ready();
        assert!(health.readiness().ready);
        health.stopping();
        assert!(!health.readiness().ready);
    }
}
