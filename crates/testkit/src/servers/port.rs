use std::fs::{self, File, TryLockError};
use std::net::TcpListener;

use parking_lot::Mutex;

/// Below the range from which the system takes the ports of outgoing connections (32768 and up on Linux). From that range
/// a client that keeps reconnecting to a killed server could be given the server's own port and so connect to itself.
const LOWEST: u16 = 20_000;
const HIGHEST: u16 = 31_999;

/// The ports that this process has been given, each as a locked file: another process that looks for one passes them
/// over, also while a server on one of them is down for a moment. The system lets go of them when the process ends.
static OURS: Mutex<Vec<File>> = Mutex::new(Vec::new());

/// A loopback port that is free, and this process's own as far as tests go.
///
/// # Panics
/// When no port between 20000 and 31999 is free.
pub fn free_port() -> u16 {
    let span = HIGHEST - LOWEST + 1;
    // The low bits of a UUID are random.
    let start = u16::try_from(uuid::Uuid::now_v7().as_u128() % u128::from(span)).expect("below 12000");
    (0..span)
        .map(|step| LOWEST + (start + step) % span)
        .find(|port| reserve(*port) && TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port between 20000 and 31999")
}

/// Takes the port's lock for as long as this process lives. Where no lock can be had at all, tests go without.
fn reserve(port: u16) -> bool {
    let folder = std::env::temp_dir().join("okno-test-ports");
    let file = fs::create_dir_all(&folder)
        .and_then(|()| File::options().create(true).truncate(false).write(true).open(folder.join(port.to_string())));
    let Ok(file) = file else { return true };
    match file.try_lock() {
        Ok(()) => OURS.lock().push(file),
        Err(TryLockError::WouldBlock) => return false,
        Err(TryLockError::Error(_)) => {}
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_port_can_be_listened_on_and_lies_outside_the_range_of_clients() {
        let port = free_port();
        assert!((LOWEST..=HIGHEST).contains(&port));
        TcpListener::bind(("127.0.0.1", port)).unwrap();
    }

    #[test]
    fn a_port_is_given_to_one_only() {
        let port = free_port();
        assert!(!reserve(port), "also not to another process, which holds no lock of ours");
    }
}
