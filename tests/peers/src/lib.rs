//! Stand-in vendors on loopback sockets.
