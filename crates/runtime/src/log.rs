use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing_subscriber::{EnvFilter, Layer, layer::SubscriberExt as _, util::SubscriberInitExt as _};

use crate::{Env, FromEnv, trace};

/// How lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    Json,
    Text,
}

impl FromEnv for LogFormat {
    const EXPECTED: &'static str = "json or text";
    fn from_env(text: &str) -> Option<Self> {
        match text {
            "json" => Some(Self::Json),
            "text" => Some(Self::Text),
            _ => None,
        }
    }
}

#[derive(Debug, Clone)]
pub struct LogConfig {
    /// What is written. `OKNO_LOG`, `info` by default: a tracing-subscriber filter such as `info,router=debug`.
    pub filter: String,
    /// `OKNO_LOG_FORMAT`, `json` by default; `text` for people.
    pub format: LogFormat,
    /// Where traces go. `OKNO_OTLP_ENDPOINT`, empty by default: none are kept. A gRPC collector's `http://host:4317`.
    pub otlp_endpoint: Option<String>,
}

impl LogConfig {
    #[must_use]
    pub fn from_env(env: &Env) -> Self {
        let check = |text: &str| EnvFilter::try_new(text).is_ok().then(|| text.to_owned());
        let filter = env.optional_with("OKNO_LOG", "a level or a filter, for example info,router=debug", false, check);
        Self {
            filter: filter.unwrap_or_else(|| "info".to_owned()),
            format: env.get("OKNO_LOG_FORMAT", LogFormat::Json),
            otlp_endpoint: env.optional("OKNO_OTLP_ENDPOINT"),
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum LoggingError {
    #[error("the trace exporter cannot be made (OKNO_OTLP_ENDPOINT)")]
    Exporter(#[source] opentelemetry_otlp::ExporterBuildError),
    #[error("the process has another logger already")]
    Taken(#[source] tracing_subscriber::util::TryInitError),
    #[error("the log filter cannot be read (OKNO_LOG)")]
    Filter(#[source] tracing_subscriber::filter::ParseError),
}

/// Keeps logs and traces going; [`Logging::flush`] before the process ends.
#[must_use]
pub struct Logging(Option<SdkTracerProvider>);

impl Logging {
    /// Starts logs on standard error, and traces where an endpoint is set. Call it once, inside the async runtime.
    ///
    /// # Errors
    /// When the filter or the endpoint is bad, or the process has a logger already.
    pub fn start(service: &str, config: &LogConfig) -> Result<Self, LoggingError> {
        let filter = EnvFilter::try_new(&config.filter).map_err(LoggingError::Filter)?;
        let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
        let lines = match config.format {
            LogFormat::Json => lines.json().flatten_event(true).with_current_span(true).with_span_list(false).boxed(),
            LogFormat::Text => lines.boxed(),
        };
        let endpoint = config.otlp_endpoint.as_deref();
        let provider = endpoint.map(|endpoint| trace::provider(service, endpoint)).transpose();
        let provider = provider.map_err(LoggingError::Exporter)?;
        let spans = provider.as_ref().map(|p| tracing_opentelemetry::layer().with_tracer(p.tracer("okno")));
        tracing_subscriber::registry().with(filter).with(lines).with(spans).try_init().map_err(LoggingError::Taken)?;
        Ok(Self(provider))
    }

    /// Sends the traces that are still held; at most a few seconds.
    pub fn flush(self) {
        if let Some(provider) = self.0
            && let Err(error) = provider.shutdown()
        {
            tracing::warn!("the last traces were not sent: {error}");
        }
    }
}
