//! Whose fault a failure is, and what follows from it. One table, so that no two places judge the same kind in two ways.

use voice::{Error, ErrorKind};

/// What a failure says about whoever failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Blame {
    /// The provider: it is tried again, and rests after a few of them.
    Provider,
    /// The key or account: nobody asks again before the person changed something.
    Account,
    /// The way there: everybody on it fails the same.
    Way,
    /// The way to its host, where another host may well be reached: `lost` finds out.
    Host,
    /// The question: the same provider would refuse it again, another may not.
    Question,
}

impl Blame {
    pub(crate) fn of(error: &Error) -> Self {
        use ErrorKind as K;
        match error.kind {
            K::KeyMissing | K::KeyRefused | K::NoCredit | K::ModelGone | K::BadSetting | K::EngineMissing => {
                Self::Account
            }
            K::ProxyRefused => Self::Way,
            K::Offline | K::LoginPage | K::WrongClock | K::Untrusted => Self::Host,
            K::Refused | K::SoundRefused | K::TooLarge | K::Unsupported | K::TooLong => Self::Question,
            _ => Self::Provider,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_provider_cannot_help_is_not_its_fault() {
        for (kind, blame) in [
            (ErrorKind::KeyRefused, Blame::Account),
            (ErrorKind::NoCredit, Blame::Account),
            (ErrorKind::ProxyRefused, Blame::Way),
            (ErrorKind::LoginPage, Blame::Host),
            (ErrorKind::WrongClock, Blame::Host),
            (ErrorKind::Refused, Blame::Question),
            (ErrorKind::Busy, Blame::Provider),
            (ErrorKind::TimedOut, Blame::Provider),
            (ErrorKind::CutShort, Blame::Provider),
        ] {
            assert_eq!(Blame::of(&Error::new(kind, "x", "y")), blame, "{kind:?}");
        }
    }
}
