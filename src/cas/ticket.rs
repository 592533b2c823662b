//! Ticket identifiers: how they are minted, what is accepted as one, and the digest that the store keeps.

use std::fmt;

use chrono::{DateTime, Utc};
use sha2::{Digest, Sha256};

use crate::kernel::entropy::Entropy;
use crate::kernel::secret::same;

/// A text that cannot be a ticket of the kind asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a well-formed ticket")]
pub struct MalformedTicket;

/// What the store keeps of a ticket, so that holding the database is not holding the ticket: the millisecond in which it
/// was minted (6 bytes), and the first 26 bytes of its SHA-256. What is issued together is stored together, and a table
/// of ten million tickets grows at its end alone.
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
        let mut digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        // What was minted before there was an instant in it keeps its key, the whole digest: a new version of the program
        // signs nobody out.
        if let Some(minted) = minted_at(text) {
            digest.copy_within(..26, 6);
            digest[..6].copy_from_slice(&minted.to_be_bytes()[2..]);
        }
        Self(digest)
    }

    /// The least digest of a ticket minted at `at` or later.
    pub fn from(at: DateTime<Utc>) -> Self {
        let mut digest = [0; 32];
        digest[..6].copy_from_slice(&millis(at).to_be_bytes()[2..]);
        Self(digest)
    }

    /// The number under which the story of this ticket is found; it is the same for every presentation, and says
    /// nothing of whether there is a story ([T-4]).
    pub fn trace(&self) -> Trace {
        let mut number = [0; 8];
        number[1..].copy_from_slice(&self.0[..7]);
        Trace(u64::from_be_bytes(number))
    }

    /// The trace of whatever was presented as a ticket.
    pub fn trace_of(presented: &str) -> Trace {
        Self::of(presented).trace()
    }
}

/// The number of a ticket's story: the first seven bytes of its digest, shown as `019ab3c2d4e5-3b`. Two tickets have the
/// same once in 256 times that they are minted in the same millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace(u64);

impl Trace {
    /// Reads a trace as people copy it: fourteen hexadecimal digits of either case, with blanks or hyphens.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let exact = digits.len() == 14 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        exact
            .then(|| u64::from_str_radix(&digits, 16).ok().map(Self))
            .flatten()
    }

    /// The trace after this one.
    pub fn next(self) -> Option<Self> {
        let next = self.0 + 1;
        (next < 1 << 56).then_some(Self(next))
    }

    /// What the digests of its tickets begin with.
    pub fn prefix(self) -> [u8; 7] {
        let [_, rest @ ..] = self.0.to_be_bytes();
        rest
    }
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:012x}-{:02x}", self.0 >> 8, self.0 & 0xff)
    }
}

/// Hexadecimal digits of the millisecond in a ticket.
const INSTANT: usize = 12;

/// The millisecond that a ticket of ours begins with: not a secret, whoever holds the ticket was there.
fn minted_at(text: &str) -> Option<u64> {
    let (_, body) = text.split_once('-')?;
    let (instant, random) = body.split_at_checked(INSTANT)?;
    let lower = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (random.starts_with('-') && instant.bytes().all(lower))
        .then(|| u64::from_str_radix(instant, 16).ok())
        .flatten()
}

/// Milliseconds since 1970, as far as twelve hexadecimal digits hold them: until the year 10889.
fn millis(at: DateTime<Utc>) -> u64 {
    u64::try_from(at.timestamp_millis()).unwrap_or_default() & 0xffff_ffff_ffff
}

/// Its trace: enough to follow a ticket through the logs, nothing to replay.
impl fmt::Display for TicketDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.trace().fmt(f)
    }
}

impl fmt::Debug for TicketDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{self}")
    }
}

macro_rules! ticket_id {
    (@mint dated $random:literal) => {
        /// A new, unguessable ticket, minted `at` some instant.
        pub fn mint(entropy: &Entropy, at: DateTime<Utc>) -> Self {
            let random = entropy.alphanumeric($random);
            Self(format!("{}{:0INSTANT$x}-{random}", Self::PREFIX, millis(at)))
        }
    };
    (@mint undated $random:literal) => {
        /// A new, unguessable ticket.
        pub fn mint(entropy: &Entropy) -> Self {
            Self(format!("{}{}", Self::PREFIX, entropy.alphanumeric($random)))
        }
    };
    ($(#[$doc:meta])* $name:ident: $prefix:literal, $dated:ident, $random:literal random, at most $longest:literal) => {
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name(String);

        impl $name {
            /// What every such ticket begins with, hyphen included.
            pub const PREFIX: &str = concat!($prefix, "-");

            ticket_id! { @mint $dated $random }

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
    TicketGrantingTicketId: "TGT", dated, 43 random, at most 128
}
ticket_id! {
    /// A one-time pass to one application (ST).
    ServiceTicketId: "ST", dated, 32 random, at most 64
}
ticket_id! {
    /// A one-time pass that an application obtained for another one (PT).
    ProxyTicketId: "PT", dated, 32 random, at most 64
}
ticket_id! {
    /// What an application presents to obtain proxy tickets (PGT).
    ProxyGrantingTicketId: "PGT", dated, 43 random, at most 64
}
ticket_id! {
    /// Tells an application which of the proxy-granting tickets it was sent belongs to a validation (PGTIOU).
    /// Independent of the ticket itself.
    ProxyGrantingTicketIou: "PGTIOU", undated, 43 random, at most 64
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

    fn instant() -> DateTime<Utc> {
        DateTime::from_timestamp_millis(0x019a_b3c2_d4e5).unwrap()
    }

    #[test]
    fn a_digest_begins_with_the_instant_that_the_ticket_names() {
        let entropy = Entropy::seeded(1);
        let ticket = ServiceTicketId::mint(&entropy, instant());
        let other = ServiceTicketId::mint(&entropy, instant());

        assert!(
            ticket.expose().starts_with("ST-019ab3c2d4e5-"),
            "{}",
            ticket.expose()
        );
        let digest = *ticket.digest().as_bytes();
        assert_eq!(digest[..6], [0x01, 0x9a, 0xb3, 0xc2, 0xd4, 0xe5]);
        assert_ne!(digest[6..], other.digest().as_bytes()[6..]);
        assert_eq!(TicketDigest::trace_of(ticket.expose()).prefix(), digest[..7]);
        assert!(TicketDigest::from(instant()) <= ticket.digest());
        assert!(TicketDigest::from(instant() + chrono::Duration::milliseconds(1)) > ticket.digest());
    }

    #[test]
    fn a_text_that_names_no_instant_keeps_the_key_that_it_had_before_tickets_named_one() {
        for text in [
            "ST-1-abc",
            "ST-019ab3c2d4e5",
            "ST-019AB3C2D4E5-a",
            "ST-019ab3c2d4e5a-b",
            "ST-é19ab3c2d4e5-b",
        ] {
            let whole: [u8; 32] = Sha256::digest(text.as_bytes()).into();
            assert_eq!(*TicketDigest::of(text).as_bytes(), whole, "{text}");
        }
    }

    #[test]
    fn a_trace_is_read_as_people_copy_it() {
        let trace = Trace(0x01_9ab3_c2d4_e53b);
        assert_eq!(trace.to_string(), "019ab3c2d4e5-3b");
        for text in ["019ab3c2d4e5-3b", "019AB3C2D4E53B", " 019a b3c2 d4e5 3b "] {
            assert_eq!(Trace::parse(text), Some(trace), "{text}");
        }
        for text in [
            "",
            "019ab3c2d4e5",
            "019ab3c2d4e53b0",
            "+19ab3c2d4e53b",
            "ST-019ab3c2d4e5-3b",
            "019ab3c2d4e5é",
        ] {
            assert_eq!(Trace::parse(text), None, "{text}");
        }
    }

    #[test]
    fn t1_minted_tickets_are_read_back_and_hold_letters_digits_and_hyphens() {
        let entropy = Entropy::seeded(1);
        let service = ServiceTicketId::mint(&entropy, instant());
        let proxy = ProxyTicketId::mint(&entropy, instant());
        let grant = ProxyGrantingTicketId::mint(&entropy, instant());
        let iou = ProxyGrantingTicketIou::mint(&entropy);
        let session = TicketGrantingTicketId::mint(&entropy, instant());

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

        assert_eq!(printed, "ST#2dddc40d75e0-c0 #2dddc40d75e0-c0");
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
