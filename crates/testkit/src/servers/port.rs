use std::net::TcpListener;

/// Below the range from which the system takes the ports of outgoing connections (32768 and up on Linux). From that range
/// a client that keeps reconnecting to a killed server could be given the server's own port and so connect to itself.
const LOWEST: u16 = 20_000;
const HIGHEST: u16 = 31_999;

/// A loopback port that was free a moment ago. Whoever starts a server on it should be ready to try another one.
///
/// # Panics
/// When no port between 20000 and 31999 is free.
pub fn free_port() -> u16 {
    let span = HIGHEST - LOWEST + 1;
    // The low bits of a UUID are random.
    let start = u16::try_from(uuid::Uuid::now_v7().as_u128() % u128::from(span)).expect("below 12000");
    (0..span)
        .map(|step| LOWEST + (start + step) % span)
        .find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok())
        .expect("a free port between 20000 and 31999")
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
}
