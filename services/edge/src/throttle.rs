use std::{net::IpAddr, num::NonZero, time::Duration};

use contracts::errors::ErrorReason;
use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};
use redis::Script;
use ring::digest::{SHA256, digest};
use rpc::status_with;
use tonic::{Code, Status};

use crate::marks::Marks;

const WINDOW: Duration = Duration::from_secs(60);
/// Sign-ins per minute from one address: an office behind one address begins its day together.
const PER_ADDRESS: u32 = 60;
/// Sign-ins per minute to one login. crm-core locks a login out on its own count of failures; this spares it the work.
const PER_LOGIN: u32 = 20;

const COUNT: &str = "local n = redis.call('incr', KEYS[1])
    if n == 1 then redis.call('pexpire', KEYS[1], ARGV[1]) end
    return {n, redis.call('pttl', KEYS[1])}";

/// Slows down whoever guesses passwords: shared by all replicas through Redis, per replica when it is gone.
pub struct Throttle {
    marks: Marks,
    count: Script,
    addresses: DefaultKeyedRateLimiter<String>,
    logins: DefaultKeyedRateLimiter<String>,
    clock: DefaultClock,
}

impl Throttle {
    #[must_use]
    pub fn new(marks: Marks) -> Self {
        let per_minute = |n: u32| RateLimiter::keyed(Quota::per_minute(NonZero::new(n).unwrap_or(NonZero::<u32>::MIN)));
        Self {
            marks,
            count: Script::new(COUNT),
            addresses: per_minute(PER_ADDRESS),
            logins: per_minute(PER_LOGIN),
            clock: DefaultClock::default(),
        }
    }

    /// Counts one sign-in.
    ///
    /// # Errors
    /// RESOURCE_EXHAUSTED (`RATE_LIMITED`) with `retry_after_seconds`.
    pub async fn sign_in(&self, address: Option<IpAddr>, login: &str) -> Result<(), Status> {
        let address = address.map_or_else(|| "unknown".to_owned(), |ip| network(ip).to_string());
        self.one("address", &address, PER_ADDRESS, &self.addresses).await?;
        self.one("login", &login.trim().to_lowercase(), PER_LOGIN, &self.logins).await
    }

    async fn one(
        &self,
        what: &str,
        who: &str,
        most: u32,
        memory: &DefaultKeyedRateLimiter<String>,
    ) -> Result<(), Status> {
        let hash = hex::encode(&digest(&SHA256, who.as_bytes()).as_ref()[..16]);
        let key = format!("okno:sign-in:{what}:{hash}");
        let window = [WINDOW.as_millis().to_string()];
        let wait = match self.marks.run::<(u32, i64)>(&self.count, &[&key], &window).await {
            Some((count, _)) if count <= most => return Ok(()),
            Some((_, rest_ms)) => Duration::from_millis(u64::try_from(rest_ms).unwrap_or(0)),
            None => match memory.check_key(&hash) {
                Ok(()) => return Ok(()),
                Err(not_until) => not_until.wait_time_from(self.clock.now()),
            },
        };
        metrics::counter!("okno_edge_sign_ins_slowed_total", "by" => what.to_owned()).increment(1);
        Err(slow_down(wait))
    }

    /// Lets go of those who have not tried lately; call it now and then.
    pub fn tidy(&self) {
        self.addresses.retain_recent();
        self.logins.retain_recent();
    }
}

/// An IPv6 customer has a whole /64: counting single addresses would count nothing.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() >> 64 << 64).into()),
    }
}

fn slow_down(wait: Duration) -> Status {
    let seconds = (wait.as_secs() + 1).to_string();
    let facts = [("retry_after_seconds", seconds.as_str())];
    status_with(Code::ResourceExhausted, ErrorReason::RateLimited, &"too many sign-ins; wait a little", &facts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn without_redis_memory_slows_down_who_guesses() {
        let throttle = Throttle::new(Marks::new(None).unwrap());
        let address = Some("192.0.2.1".parse().unwrap());
        for _ in 0..PER_LOGIN {
            throttle.sign_in(address, "anna").await.unwrap();
        }
        let refusal = throttle.sign_in(address, " Anna").await.unwrap_err();
        assert_eq!(rpc::reason_of(&refusal), Some(ErrorReason::RateLimited));
        assert!(rpc::metadata_of(&refusal)["retry_after_seconds"].parse::<u32>().unwrap() >= 1);
        throttle.sign_in(address, "vera").await.unwrap();
    }

    #[tokio::test]
    async fn one_address_cannot_walk_through_all_logins() {
        let throttle = Throttle::new(Marks::new(None).unwrap());
        for n in 0..PER_ADDRESS {
            let address = format!("2001:db8::{n:x}").parse().unwrap();
            throttle.sign_in(Some(address), &format!("login{n}")).await.unwrap();
        }
        assert!(throttle.sign_in("2001:db8::ffff".parse().ok(), "other").await.is_err());
        assert!(throttle.sign_in("192.0.2.7".parse().ok(), "other").await.is_ok());
    }
}
