//! Failures of what we stand on, as a caller is told of them.

use std::error::Error;

use tonic::Status;

/// UNAVAILABLE while the database is away, INTERNAL for the rest; logged here and only here.
pub fn broken(cause: impl Error + 'static) -> Status {
    if store::is_outage(&cause) { rpc::unavailable(cause) } else { rpc::internal(cause) }
}
