//! What people do on the company's sites: read from the bus, kept while they agree, shown with leads and clients.

mod domain;
mod read;
pub(crate) mod store;

pub(crate) use domain::Left;
#[cfg(test)]
pub(crate) use domain::told;
pub(crate) use read::run;
#[cfg(test)]
pub(crate) use read::take;
