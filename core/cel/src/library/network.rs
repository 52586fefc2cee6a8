//! Addresses of the internet protocol and networks of them. An IPv4 address mapped into IPv6 is the IPv4 address.

use std::{net::IpAddr, sync::Arc};

use super::{Cost, Entry, entry, strings::text};
use crate::{
    check::overloads::Style,
    diag::Code,
    run::{Fault, functions::no_overload},
    value::{Opaque, Value},
};

const TEST: &[&str] = &["net.IP -> bool"];

pub(super) const TABLE: &[Entry] = &[
    entry("ip", Style::Both, &["string -> net.IP", "net.CIDR -> net.IP", "net.IP -> net.IP"], Cost::Text, |args| {
        match args.first().and_then(opaque) {
            Some(Opaque::Ip(address) | Opaque::Cidr(address, _)) => Ok(ip_value(*address)),
            _ => address(text(args, 0, "ip")?).map(ip_value),
        }
    }),
    entry("isIP", Style::Global, &["string -> bool"], Cost::Text, |args| {
        Ok(Value::Bool(address(text(args, 0, "isIP")?).is_ok()))
    }),
    entry("ip.isCanonical", Style::Global, &["string -> bool"], Cost::Text, |args| {
        let of = text(args, 0, "ip.isCanonical")?;
        address(of).map(|address| Value::Bool(address.to_string() == of))
    }),
    entry("cidr", Style::Global, &["string -> net.CIDR", "net.CIDR -> net.CIDR"], Cost::Text, |args| match args {
        [Value::Opaque(of)] if matches!(**of, Opaque::Cidr(..)) => Ok(args[0].clone()),
        _ => network(text(args, 0, "cidr")?).map(|(address, bits)| cidr_value(address, bits)),
    }),
    entry("isCIDR", Style::Global, &["string -> bool"], Cost::Text, |args| {
        Ok(Value::Bool(network(text(args, 0, "isCIDR")?).is_ok()))
    }),
    entry("family", Style::Member, &["net.IP -> int"], Cost::One, |args| {
        Ok(Value::Int(if ip(args, "family")?.is_ipv4() { 4 } else { 6 }))
    }),
    entry("isUnspecified", Style::Member, TEST, Cost::One, |args| {
        Ok(Value::Bool(ip(args, "isUnspecified")?.is_unspecified()))
    }),
    entry("isLoopback", Style::Member, TEST, Cost::One, |args| Ok(Value::Bool(ip(args, "isLoopback")?.is_loopback()))),
    entry("isGlobalUnicast", Style::Member, TEST, Cost::One, |args| {
        let address = ip(args, "isGlobalUnicast")?;
        let broadcast = matches!(address, IpAddr::V4(address) if address.is_broadcast());
        let special = address.is_unspecified() || address.is_loopback() || address.is_multicast();
        Ok(Value::Bool(!broadcast && !special && !link_local(address)))
    }),
    entry("isLinkLocalMulticast", Style::Member, TEST, Cost::One, |args| {
        Ok(Value::Bool(match ip(args, "isLinkLocalMulticast")? {
            IpAddr::V4(address) => address.octets()[..3] == [224, 0, 0],
            IpAddr::V6(address) => address.octets()[0] == 0xff && address.octets()[1] & 0x0f == 0x02,
        }))
    }),
    entry("isLinkLocalUnicast", Style::Member, TEST, Cost::One, |args| {
        Ok(Value::Bool(link_local(ip(args, "isLinkLocalUnicast")?)))
    }),
    entry("containsIP", Style::Member, &["net.CIDR, net.IP -> bool", "net.CIDR, string -> bool"], Cost::Text, |args| {
        let (of, bits) = cidr(args, "containsIP")?;
        let address = match args.get(1).and_then(opaque) {
            Some(Opaque::Ip(address)) => *address,
            _ => address(text(args, 1, "containsIP")?)?,
        };
        Ok(Value::Bool(holds(of, bits, address)))
    }),
    entry(
        "containsCIDR",
        Style::Member,
        &["net.CIDR, net.CIDR -> bool", "net.CIDR, string -> bool"],
        Cost::Text,
        |args| {
            let (of, bits) = cidr(args, "containsCIDR")?;
            let (inner, inner_bits) = match args.get(1).and_then(opaque) {
                Some(Opaque::Cidr(inner, bits)) => (*inner, *bits),
                _ => network(text(args, 1, "containsCIDR")?)?,
            };
            Ok(Value::Bool(bits <= inner_bits && holds(of, bits, inner)))
        },
    ),
    entry("masked", Style::Member, &["net.CIDR -> net.CIDR"], Cost::One, |args| {
        let (of, bits) = cidr(args, "masked")?;
        Ok(cidr_value(masked(of, bits), bits))
    }),
    entry("prefixLength", Style::Member, &["net.CIDR -> int"], Cost::One, |args| {
        Ok(Value::Int(cidr(args, "prefixLength")?.1.into()))
    }),
];

fn opaque(value: &Value) -> Option<&Opaque> {
    if let Value::Opaque(of) = value { Some(of) } else { None }
}

fn ip(args: &[Value], of: &str) -> Result<IpAddr, Fault> {
    match args.first().and_then(opaque) {
        Some(Opaque::Ip(address)) => Ok(*address),
        _ => Err(no_overload(of, args)),
    }
}

fn cidr(args: &[Value], of: &str) -> Result<(IpAddr, u8), Fault> {
    match args.first().and_then(opaque) {
        Some(Opaque::Cidr(address, bits)) => Ok((*address, *bits)),
        _ => Err(no_overload(of, args)),
    }
}

fn ip_value(address: IpAddr) -> Value {
    Value::Opaque(Arc::new(Opaque::Ip(address)))
}

fn cidr_value(address: IpAddr, bits: u8) -> Value {
    Value::Opaque(Arc::new(Opaque::Cidr(address, bits)))
}

/// An address; one of IPv6 that is written with the digits of IPv4, or with a zone, is refused.
fn address(of: &str) -> Result<IpAddr, Fault> {
    let wrong = || (Code::BAD_ARGUMENT, format!("{} is no address", crate::run::functions::shown(&of.into())));
    if of.contains(':') && of.contains('.') {
        return Err(wrong());
    }
    of.parse::<IpAddr>().map(|address| address.to_canonical()).map_err(|_| wrong())
}

/// A network: an address, a slash, and how many of its bits are the network's.
fn network(of: &str) -> Result<(IpAddr, u8), Fault> {
    let wrong = || (Code::BAD_ARGUMENT, format!("{} is no network", crate::run::functions::shown(&of.into())));
    let (start, bits) = of.split_once('/').ok_or_else(wrong)?;
    let address = address(start).map_err(|_| wrong())?;
    let digits =
        !bits.is_empty() && bits.bytes().all(|byte| byte.is_ascii_digit()) && (bits == "0" || !bits.starts_with('0'));
    let bits = bits.parse::<u8>().ok().filter(|bits| digits && *bits <= width(address)).ok_or_else(wrong)?;
    Ok((address, bits))
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

fn link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_link_local(),
        IpAddr::V6(address) => address.segments()[0] & 0xffc0 == 0xfe80,
    }
}

fn masked(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits)).unwrap_or(0);
            IpAddr::V4((u32::from(address) & mask).into())
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or(0);
            IpAddr::V6((u128::from(address) & mask).into())
        }
    }
}

fn holds(of: IpAddr, bits: u8, address: IpAddr) -> bool {
    of.is_ipv4() == address.is_ipv4() && masked(of, bits) == masked(address, bits)
}
