//! [`AddressPolicy`]: the addresses that may be dialed for a user. Only the public internet is allowed.
//! Loopback, private, link-local (with cloud metadata services), shared, multicast, reserved and
//! documentation ranges are forbidden, and so is every IPv6 range that embeds an IPv4 address
//! (mapped, 6to4, Teredo, NAT64).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

const PORTS: [u16; 4] = [80, 443, 8080, 8443];

/// IPv4 ranges outside the public internet (IANA's special-purpose registry), as network and prefix
/// length.
const FORBIDDEN_V4: [([u8; 4], u32); 16] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    ([192, 31, 196, 0], 24),
    ([192, 52, 193, 0], 24),
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    // Multicast, reserved, broadcast.
    ([224, 0, 0, 0], 3),
];

/// Of IPv6, only global unicast (2000::/3) is public, except these ranges.
const FORBIDDEN_V6: [([u16; 8], u32); 4] = [
    // Protocol assignments, including Teredo.
    ([0x2001, 0, 0, 0, 0, 0, 0, 0], 23),
    ([0x2001, 0x0db8, 0, 0, 0, 0, 0, 0], 32),
    // 6to4.
    ([0x2002, 0, 0, 0, 0, 0, 0, 0], 16),
    ([0x3fff, 0, 0, 0, 0, 0, 0, 0], 20),
];

#[derive(Debug, Clone, Default)]
pub struct AddressPolicy {
    also: Vec<SocketAddr>,
}

impl AddressPolicy {
    /// The public internet, on the usual ports of web servers.
    pub fn public() -> Self {
        Self::default()
    }

    /// Also allows this address: for tests with local pages.
    #[must_use]
    pub fn allowing(mut self, address: SocketAddr) -> Self {
        self.also.push(address);
        self
    }

    pub fn allows(&self, ip: IpAddr, port: u16) -> bool {
        let also = self.also.contains(&SocketAddr::new(ip, port));
        also || (PORTS.contains(&port) && is_public(ip))
    }

    /// The check without a port, for use during name resolution.
    pub(super) fn allows_address(&self, ip: IpAddr) -> bool {
        is_public(ip) || self.also.iter().any(|also| also.ip() == ip)
    }

    /// The check without an address, for use before name resolution.
    pub(super) fn allows_port(&self, port: u16) -> bool {
        PORTS.contains(&port) || self.also.iter().any(|also| also.port() == port)
    }
}

fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let within = |(network, length): &([u8; 4], u32)| {
        (u32::from(ip) ^ u32::from_be_bytes(*network)).leading_zeros() >= *length
    };
    !FORBIDDEN_V4.iter().any(within)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let bits = u128::from(ip);
    let global_unicast = bits >> 125 == 0b001;
    let within = |(network, length): &([u16; 8], u32)| {
        (bits ^ u128::from(Ipv6Addr::from(*network))).leading_zeros() >= *length
    };
    global_unicast && !FORBIDDEN_V6.iter().any(within)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_public_addresses_are_allowed() {
        let forbiddens = "0.0.0.0 0.1.2.3 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.255 \
            127.0.0.1 127.255.255.254 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.1 \
            192.0.0.170 192.0.2.1 192.31.196.1 192.52.193.1 192.88.99.1 192.168.0.1 198.18.0.1 \
            198.19.255.255 198.51.100.1 203.0.113.1 224.0.0.1 239.255.255.255 240.0.0.1 \
            255.255.255.255 :: ::1 ::ffff:127.0.0.1 ::ffff:8.8.8.8 ::127.0.0.1 64:ff9b::7f00:1 \
            64:ff9b:1::1 100::1 2001::1 2001:0:4136:e378::1 2001:10::1 2001:20::1 2001:db8::1 \
            2002:7f00:1::1 2002:a9fe:a9fe::1 3fff::1 5f00::1 fc00::1 fd00:ec2::254 fe80::1 \
            fec0::1 ff02::1";
        for forbidden in forbiddens.split(' ') {
            let ip: IpAddr = forbidden.parse().unwrap();
            assert!(!AddressPolicy::public().allows(ip, 80), "{forbidden}");
        }
        let publics = "8.8.8.8 1.1.1.1 172.32.0.1 100.128.0.1 198.20.0.1 2606:4700::1 \
            2a00:1450::1";
        for public in publics.split(' ') {
            let ip: IpAddr = public.parse().unwrap();
            assert!(AddressPolicy::public().allows(ip, 443), "{public}");
            assert!(!AddressPolicy::public().allows(ip, 22), "{public}");
        }
    }

    #[test]
    fn added_address_allows_no_other() {
        let address: SocketAddr = "127.0.0.1:4000".parse().unwrap();
        let reach = AddressPolicy::public().allowing(address);
        assert!(reach.allows(address.ip(), 4000));
        assert!(!reach.allows(address.ip(), 80));
        assert!(!reach.allows("127.0.0.2".parse().unwrap(), 4000));
    }

    proptest! {
        #[test]
        fn embedded_ipv4_addresses_are_forbidden(v4 in any::<u32>()) {
            let v4 = Ipv4Addr::from(v4);
            let [a, b, c, d] = v4.octets().map(u16::from);
            let (high, low) = (a << 8 | b, c << 8 | d);
            for ip in [
                v4.to_ipv6_mapped(),
                v4.to_ipv6_compatible(),
                Ipv6Addr::new(0x2002, high, low, 0, 0, 0, 0, 1),
                Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, high, low),
                Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, !high, !low),
            ] {
                prop_assert!(!AddressPolicy::public().allows(ip.into(), 80), "{ip}");
            }
        }
    }
}
