use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

/// Seconds; from a cache hit to a call that ran into its deadline.
const LATENCY_BUCKETS: [f64; 14] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// The process's metrics, in Prometheus' text form. Names end in their unit: `_seconds`, `_bytes`, `_total`.
#[derive(Clone)]
pub struct Metrics(PrometheusHandle);

impl Metrics {
    /// Makes itself the recorder behind the `metrics` macros. `None`: the process has another one already.
    #[must_use]
    pub fn install() -> Option<Self> {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &LATENCY_BUCKETS)
            .ok()?
            .build_recorder();
        let metrics = Self(recorder.handle());
        metrics::set_global_recorder(recorder).ok()?;
        Some(metrics)
    }

    /// Metrics that nothing is recorded into, for tests.
    #[must_use]
    pub fn detached() -> Self {
        Self(PrometheusBuilder::new().build_recorder().handle())
    }

    #[must_use]
    pub fn render(&self) -> String {
        self.0.render()
    }

    /// Histograms keep growing until this runs; [`crate::serve_ops`] calls it.
    pub(crate) fn upkeep(&self) {
        self.0.run_upkeep();
    }

    pub(crate) const UPKEEP: Duration = Duration::from_secs(5);
}
