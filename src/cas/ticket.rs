//! Ticket identifiers: how they are minted, what is accepted as one, and the digest that the store keeps.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::kernel::entropy::Entropy;
use crate::kernel::secret::same;

/// A text that cannot be a ticket of the kind asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a well-formed ticket")]
pub struct MalformedTicket;

/// The SHA-256 digest of a ticket: what the store keeps, so that holding the database is not holding the ticket.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TicketDigest([u8; 32]);

impl TicketDigest {
    /// A digest read back from the store.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The digest's bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    fn of(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// The number under which the story of this ticket is found; it is the same for every presentation, and says
    /// nothing of whether there is a story ([T-4]).
    pub fn trace(&self) -> u32 {
        let [a, b, c, d, ..] = self.0;
        u32::from_be_bytes([a, b, c, d])
    }

    /// The trace of whatever was presented as a ticket.
    pub fn trace_of(presented: &str) -> u32 {
        Self::of(presented).trace()
    }
}

/// The first eight hexadecimal digits: enough to follow a ticket through the logs, nothing to replay.
impl fmt::Display for TicketDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0[..4].iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for TicketDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{self}")
    }
}

macro_rules! ticket_id {
    ($(#[$doc:meta])* $name:ident: $prefix:literal, $random:literal random, at most $longest:literal) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(String);

        impl $name {
            /// What every such ticket begins with, hyphen included.
            pub const PREFIX: &str = concat!($prefix, "-");

            /// A new, unguessable ticket.
            pub fn mint(entropy: &Entropy) -> Self {
                Self(format!("{}{}", Self::PREFIX, entropy.alphanumeric($random)))
            }

            /// Reads a ticket that somebody presents: the exact prefix, then letters, digits and hyphens ([T-1]).
            pub fn parse(text: &str) -> Result<Self, MalformedTicket> {
                let random = text.strip_prefix(Self::PREFIX).ok_or(MalformedTicket)?;
                let is_plain = random.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
                if random.is_empty() || !is_plain || text.len() > $longest {
                    return Err(MalformedTicket);
                }
                Ok(Self(text.to_owned()))
            }

            /// What the store keeps of this ticket.
            pub fn digest(&self) -> TicketDigest {
                TicketDigest::of(&self.0)
            }

            /// The text itself: what opens the door. For answers and messages, never for logs.
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        /// Compares in constant time ([T-2]).
        impl PartialEq for $name {
            fn eq(&self, other: &Self) -> bool {
                same(self.0.as_bytes(), other.0.as_bytes())
            }
        }

        impl Eq for $name {}

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}#{}", $prefix, self.digest())
            }
        }
    };
}

ticket_id! {
    /// Names a single sign-on session (TGT).
    TicketGrantingTicketId: "TGT", 43 random, at most 128
}
ticket_id! {
    /// A one-time pass to one application (ST).
    ServiceTicketId: "ST", 32 random, at most 64
}
ticket_id! {
    /// A one-time pass that an application obtained for another one (PT).
    ProxyTicketId: "PT", 32 random, at most 64
}
ticket_id! {
    /// What an application presents to obtain proxy tickets (PGT).
    ProxyGrantingTicketId: "PGT", 43 random, at most 64
}
ticket_id! {
    /// Tells an application which of the proxy-granting tickets it was sent belongs to a validation (PGTIOU).
    /// Independent of the ticket itself.
    ProxyGrantingTicketIou: "PGTIOU", 43 random, at most 64
}

/// Which of the two tickets a validator may be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TicketKind {
    /// Handed to a browser at `/login`.
    Service,
    /// Handed to an application at `/proxy`.
    Proxy,
}

/// A ticket presented to a validator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnyTicket {
    /// `ST-…`
    Service(ServiceTicketId),
    /// `PT-…`
    Proxy(ProxyTicketId),
}

impl AnyTicket {
    /// Reads a service ticket or a proxy ticket.
    pub fn parse(text: &str) -> Result<Self, MalformedTicket> {
        ServiceTicketId::parse(text)
            .map(Self::Service)
            .or_else(|_| ProxyTicketId::parse(text).map(Self::Proxy))
    }

    /// Which of the two it is.
    pub fn kind(&self) -> TicketKind {
        match self {
            Self::Service(_) => TicketKind::Service,
            Self::Proxy(_) => TicketKind::Proxy,
        }
    }

    /// What the store keeps of it.
    pub fn digest(&self) -> TicketDigest {
        match self {
            Self::Service(id) => id.digest(),
            Self::Proxy(id) => id.digest(),
        }
    }

    /// The text itself: kept by the store only once the ticket is spent, as single logout's session index.
    pub fn expose(&self) -> &str {
        match self {
            Self::Service(id) => id.expose(),
            Self::Proxy(id) => id.expose(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn t1_minted_tickets_are_read_back_and_hold_letters_digits_and_hyphens() {
        let entropy = Entropy::seeded(1);
        let service = ServiceTicketId::mint(&entropy);
        let proxy = ProxyTicketId::mint(&entropy);
        let grant = ProxyGrantingTicketId::mint(&entropy);
        let iou = ProxyGrantingTicketIou::mint(&entropy);
        let session = TicketGrantingTicketId::mint(&entropy);

        assert_eq!(ServiceTicketId::parse(service.expose()), Ok(service.clone()));
        assert_eq!(ProxyTicketId::parse(proxy.expose()), Ok(proxy.clone()));
        assert_eq!(ProxyGrantingTicketId::parse(grant.expose()), Ok(grant.clone()));
        assert_eq!(ProxyGrantingTicketIou::parse(iou.expose()), Ok(iou.clone()));
        assert_eq!(
            TicketGrantingTicketId::parse(session.expose()),
            Ok(session.clone())
        );
        for text in [
            service.expose(),
            proxy.expose(),
            grant.expose(),
            iou.expose(),
            session.expose(),
        ] {
            assert!(text.len() <= 64, "{text}");
        }
    }

    #[test]
    fn t1_a_foreign_alphabet_prefix_or_length_is_no_ticket() {
        let longest = format!("ST-{}", "a".repeat(61));
        assert!(ServiceTicketId::parse(&longest).is_ok());
        for text in [
            "",
            "ST",
            "ST-",
            "st-abc",
            "PT-abc",
            "ST_abc",
            " ST-abc",
            "ST-abc ",
            "ST-a_b",
            "ST-a.b",
            "ST-a%62",
            "ST-é",
            "ST-a\n",
            "ST-a\0",
            &format!("{longest}a"),
        ] {
            assert_eq!(ServiceTicketId::parse(text), Err(MalformedTicket), "{text:?}");
        }
        assert!(TicketGrantingTicketId::parse(&format!("TGT-{}", "a".repeat(124))).is_ok());
        assert!(TicketGrantingTicketId::parse(&format!("TGT-{}", "a".repeat(125))).is_err());
        assert!(ProxyGrantingTicketId::parse("PGTIOU-abc").is_err());
    }

    #[test]
    fn the_kind_follows_from_the_prefix_alone() {
        assert_eq!(
            AnyTicket::parse("ST-1").map(|ticket| ticket.kind()),
            Ok(TicketKind::Service)
        );
        assert_eq!(
            AnyTicket::parse("PT-1").map(|ticket| ticket.kind()),
            Ok(TicketKind::Proxy)
        );
        assert_eq!(AnyTicket::parse("PGT-1"), Err(MalformedTicket));
        assert_eq!(AnyTicket::parse("TGT-1"), Err(MalformedTicket));
    }

    #[test]
    fn t2_a_ticket_never_prints_itself() {
        let ticket = ServiceTicketId::parse("ST-1-abc").unwrap();

        let printed = format!("{ticket:?} {:?}", ticket.digest());

        assert_eq!(printed, "ST#2dddc40d #2dddc40d");
    }

    proptest! {
        #[test]
        fn any_text_is_read_exactly_or_refused(text in "(ST|PT|TGT|PGT)?-?[ -~]{0,70}") {
            if let Ok(ticket) = AnyTicket::parse(&text) {
                prop_assert_eq!(ticket.expose(), &text);
                prop_assert!(text.len() <= 64);
            }
        }
    }
}
