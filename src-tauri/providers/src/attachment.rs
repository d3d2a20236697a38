//! Which network this machine is attached to, as far as its own address tells. Its own file because it asks the system
//! alone: nothing is sent.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, UdpSocket};

/// Addresses that nobody has (RFC 5737, RFC 3849). A datagram socket that is pointed at one learns which of this machine's
/// own addresses would be used.
const NOBODY: [(IpAddr, IpAddr); 2] = [
    (IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1))),
    (IpAddr::V6(Ipv6Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1))),
];

/// The part of this machine's address that it shares with its neighbours, for instance `192.168.1.0`; `None` without a
/// network. Two networks that number their machines alike look like one.
#[must_use]
pub fn attachment() -> Option<String> {
    NOBODY.into_iter().find_map(|(any, nobody)| {
        let socket = UdpSocket::bind((any, 0)).ok()?;
        // the port of "discard"
        socket.connect((nobody, 9)).ok()?;
        let own = socket.local_addr().ok()?.ip();
        Some(neighbourhood(own).to_string())
    })
}

fn neighbourhood(own: IpAddr) -> IpAddr {
    match own {
        IpAddr::V4(own) => {
            let [a, b, c, _] = own.octets();
            Ipv4Addr::new(a, b, c, 0).into()
        }
        IpAddr::V6(own) => {
            let [a, b, c, d, ..] = own.segments();
            Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_are_in_one_network() {
        for (one, other, same) in [
            ("192.168.1.7", "192.168.1.200", true),
            ("192.168.1.7", "192.168.2.7", false),
            ("2001:db8:1:2::5", "2001:db8:1:2:abcd::1", true),
            ("2001:db8:1:2::5", "2001:db8:1:3::5", false),
        ] {
            let [one, other] = [one, other].map(|address| neighbourhood(address.parse().unwrap()));
            assert_eq!(one == other, same, "{one} {other}");
        }
    }
}
