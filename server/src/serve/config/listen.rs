//! How the values that name something to listen on, or to send to, are read. Looks names of hosts up; opens nothing.

use std::net::ToSocketAddrs;
use std::ops::RangeInclusive;

use super::given::{Given, Wrong};
use super::{Grpc, OperatorAt};

const ADDRESS: &str = "HOST:PORT, such as 127.0.0.1:7420; port 0 takes any free one";
const NAME: &str = "a name of 1 to 64 lower-case letters, digits, `.`, `_` and `-`";
const URL: &str = "http://HOST:PORT or https://HOST:PORT";

/// The bounds of the ring's layout.
const LANE_BYTES: RangeInclusive<u64> = 4_096..=1 << 28;

/// An address; the scheme that clients write before it may stand there too.
pub(super) fn grpc(given: &Given) -> Result<Grpc, Wrong> {
    let text = given.text(ADDRESS)?;
    let text = text.strip_prefix("grpc://").unwrap_or(text);
    let shaped = text.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    if !shaped {
        return Err(given.unfit(ADDRESS));
    }
    match text.to_socket_addrs().map(Vec::from_iter) {
        Ok(addresses) if !addresses.is_empty() => Ok(Grpc { text: text.to_owned(), addresses }),
        _ => Err(given.unfit("a host that this machine knows")),
    }
}

/// Where the operator's service is: a socket's path, or an address.
pub(super) fn operator(given: &Given) -> Result<OperatorAt, Wrong> {
    let expected = "unix:PATH, or HOST:PORT of this machine";
    match given.text(expected)?.strip_prefix("unix:") {
        Some("") => Err(given.unfit(expected)),
        Some(path) => Ok(OperatorAt::Unix(given.beside(path))),
        None => grpc(given).map(OperatorAt::Tcp),
    }
}

/// A ring's name; the scheme that clients write before it may stand there too.
pub(super) fn ring(given: &Given) -> Result<String, Wrong> {
    let text = given.text(NAME)?;
    let name = text.strip_prefix("shm://").unwrap_or(text);
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    if (1..=64).contains(&name.len()) && name.bytes().all(plain) { Ok(name.to_owned()) } else { Err(given.unfit(NAME)) }
}

pub(super) fn lane_bytes(given: &Given) -> Result<u64, Wrong> {
    let bytes = given.whole(LANE_BYTES)?;
    if bytes.is_power_of_two() { Ok(bytes) } else { Err(given.unfit("a power of two from 4096 to 268435456")) }
}

/// Where an OTLP receiver listens.
pub(super) fn endpoint(given: &Given) -> Result<String, Wrong> {
    let text = given.text(URL)?;
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let plain = |char: char| !char.is_whitespace() && !char.is_control();
    if host.is_some_and(|host| !host.is_empty() && !host.starts_with(':')) && text.chars().all(plain) {
        Ok(text.to_owned())
    } else {
        Err(given.unfit(URL))
    }
}
