//! Limits on guessing: a try is reserved before it is judged, and given back when it was right.

use std::net::IpAddr;

use chrono::{DateTime, Utc};

use sha2::{Digest as _, Sha256};

use super::{Fault, Visitor};
use crate::app::App;
use crate::audit::{Event, Scene};
use crate::kernel::keyring::{Digest, Key};
use crate::password::Overloaded;
use crate::people::naming::Login;
use crate::people::throttle::{Budget, Ledger, Wait};
use crate::store::{Conn, StoreError, throttles};

/// Whose budget is spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// That of the name or number typed: 423.
    Person,
    /// That of the address: 429.
    Address,
}

/// A try that may not be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Denied {
    /// Until when.
    pub wait: Wait,
    /// Whose budget is spent.
    pub whose: Whose,
    /// What the ledger is filed under.
    key: Digest,
}

/// Where ledgers of tries are kept: a connection, or a table in memory for whoever wants to know what an attack may try.
pub trait Ledgers {
    /// Lets `change` act on the ledger of `key` and keeps what comes of it; `lasting` when it guards a short secret.
    ///
    /// # Errors
    /// When the place does not answer.
    fn change<R>(
        &mut self,
        key: &Digest,
        lasting: bool,
        now: DateTime<Utc>,
        change: impl Fn(&mut Ledger) -> R,
    ) -> Result<R, StoreError>;
}

impl Ledgers for Conn {
    fn change<R>(
        &mut self,
        key: &Digest,
        lasting: bool,
        now: DateTime<Utc>,
        change: impl Fn(&mut Ledger) -> R,
    ) -> Result<R, StoreError> {
        if lasting {
            throttles::with_ledger(self, key, now, change)
        } else {
            throttles::with_passing(self, key, now, change)
        }
    }
}

/// How many addresses a campus network is worth.
const CAMPUS: usize = 10;

/// How many /64 networks a /48 is worth.
const SITE: usize = 4;

/// What one try counts against.
#[derive(Debug, Clone)]
pub struct Try {
    form: &'static str,
    entries: Vec<Entry>,
    /// Whether it guards a short secret, a date or a code: its ledgers stay in the database, whatever place the tickets
    /// have and however often that place is emptied.
    lasting: bool,
}

#[derive(Debug, Clone)]
struct Entry {
    whose: Whose,
    key: Digest,
    budget: Budget,
    tag: u32,
}

impl Try {
    /// A sign-in, or the current password on the change form: `login` is counted as typed, whether it exists or not.
    pub fn login(app: &App, login: &Login, visitor: &Visitor) -> Self {
        let keys = &app.keys.throttles;
        let network = network(visitor.address);
        let device = visitor
            .device_cookie
            .as_deref()
            .and_then(|cookie| super::sign_in::known_device(app, cookie, login));
        if let Some(device) = device {
            // A stranger's guesses never use up what the owner's own browser may try, nor close its way when they come
            // from the same address ([S-44]). It tries one login only, so that no address is needed to bound it.
            return Self {
                form: "login",
                entries: vec![Entry::person(
                    keys,
                    "device",
                    device.as_bytes(),
                    Budget::LOGIN_DEVICE,
                    &network,
                )],
                lasting: false,
            };
        }
        let budget = Budget::login_person(app.config.throttle.login_day as usize);
        // What is guessed from everywhere else leaves a person their tries on the campus, where self-service computers
        // are never known; and what a neighbour guesses there leaves them their tries at home.
        let place = if is_shared(visitor) {
            "login on campus"
        } else {
            "login"
        };
        let mut entries = vec![Entry::person(
            keys,
            place,
            login.as_str().as_bytes(),
            budget,
            &network,
        )];
        entries.extend(addresses(
            keys,
            "login",
            visitor,
            login.as_str(),
            Budget::LOGIN_ADDRESS,
        ));
        Self {
            form: "login",
            entries,
            lasting: false,
        }
    }

    /// The current password on the change form, counted for one session alone: strangers elsewhere do not end it.
    pub fn of_session(app: &App, session: &Digest, visitor: &Visitor) -> Self {
        let network = network(visitor.address);
        let entry = Entry::person(&app.keys.throttles, "session", session, Budget::CODE, &network);
        Self {
            form: "password",
            entries: vec![entry],
            lasting: false,
        }
    }

    /// The identity step of an activation.
    pub fn activation(app: &App, number: &str, visitor: &Visitor) -> Self {
        Self::number(
            app,
            "activation",
            number,
            visitor,
            Budget::ACTIVATION_PERSON,
            Budget::ACTIVATION_ADDRESS,
        )
    }

    /// The identity step of an activation with a code: a budget of its own, so that a stranger who has used up the
    /// dates of a number has not closed the door for its owner.
    pub fn activation_by_code(app: &App, number: &str, visitor: &Visitor) -> Self {
        Self::number(
            app,
            "activation by code",
            number,
            visitor,
            Budget::RECOVERY_PERSON,
            Budget::RECOVERY_ADDRESS,
        )
    }

    /// The code step of a recovery. `number` is what the identity step kept of the file number.
    pub fn recovery(app: &App, number: &str, visitor: &Visitor) -> Self {
        Self::number(
            app,
            "recovery",
            number,
            visitor,
            Budget::RECOVERY_PERSON,
            Budget::RECOVERY_ADDRESS,
        )
    }

    /// A recovery that is about to succeed: counted, and never given back.
    pub fn recovered(app: &App, number: &str, visitor: &Visitor) -> Self {
        Self::number(
            app,
            "recovered",
            number,
            visitor,
            Budget::RECOVERIES_PERSON,
            Budget::RECOVERIES_ADDRESS,
        )
    }

    fn number(
        app: &App,
        form: &'static str,
        number: &str,
        visitor: &Visitor,
        person: Budget,
        address: Budget,
    ) -> Self {
        let keys = &app.keys.throttles;
        let person = Entry::person(keys, form, number.as_bytes(), person, &network(visitor.address));
        // The address first: one that is refused leaves no row for each name it makes up.
        let mut entries = addresses(keys, form, visitor, number, address);
        entries.push(person);
        Self {
            form,
            entries,
            lasting: true,
        }
    }

    /// Reserves the try in every ledger, or in none.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn reserve(
        &self,
        place: &mut impl Ledgers,
        now: DateTime<Utc>,
    ) -> Result<Result<(), Denied>, StoreError> {
        for (number, entry) in self.entries.iter().enumerate() {
            let outcome = self.change(place, entry, now, |ledger| {
                ledger.reserve(&entry.budget, now, entry.tag)
            })?;
            if let Err(wait) = outcome {
                // Withdrawn, not given back: the failures before it were none the less failures.
                for earlier in &self.entries[..number] {
                    self.change(place, earlier, now, |ledger| ledger.withdraw(earlier.tag))?;
                }
                return Ok(Err(Denied {
                    wait,
                    whose: entry.whose,
                    key: entry.key,
                }));
            }
        }
        Ok(Ok(()))
    }

    /// The same in a refusal's terms, with its audit record: what most stories do first.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn reserve_or_record(
        &self,
        conn: &mut Conn,
        scene: &Scene,
        entropy: &crate::kernel::entropy::Entropy,
        now: DateTime<Utc>,
    ) -> Result<Result<(), Denied>, StoreError> {
        let outcome = self.reserve(conn, now)?;
        if let Err(denied) = &outcome {
            let budget = match denied.whose {
                Whose::Person => "person",
                Whose::Address => "address",
            };
            // Once for each wait: whoever goes on trying must not fill the audit, which nobody can empty.
            let until = denied.wait.until;
            let key: Digest =
                Sha256::digest([denied.key.as_slice(), &until.timestamp_micros().to_be_bytes()].concat())
                    .into();
            if crate::store::forms::spend(conn, &key, until)? {
                let event = Event::Throttled {
                    form: self.form,
                    budget,
                };
                crate::store::audit::append(conn, &event.record(scene, entropy, now))?;
            }
        }
        Ok(outcome)
    }

    /// Gives the try back: it was right.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn give_back(&self, place: &mut impl Ledgers, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.entries
            .iter()
            .try_for_each(|entry| self.change(place, entry, now, |ledger| ledger.give_back(entry.tag)))
    }

    /// Takes the try back without calling it right: the failures before it stay.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn withdraw(&self, place: &mut impl Ledgers, now: DateTime<Utc>) -> Result<(), StoreError> {
        self.entries
            .iter()
            .try_for_each(|entry| self.change(place, entry, now, |ledger| ledger.withdraw(entry.tag)))
    }

    /// The outcome of a check, or the fault after the try was withdrawn: a queue that was full says nothing about a
    /// password, and the person is told to come back.
    ///
    /// # Errors
    /// When too many secrets wait to be hashed, or the database does not answer.
    pub async fn checked<T>(&self, app: &App, outcome: Result<T, Overloaded>) -> Result<T, Fault> {
        match outcome {
            Ok(outcome) => Ok(outcome),
            Err(overloaded) => {
                let (tried, now) = (self.clone(), app.clock.now());
                app.db.write(move |conn| tried.withdraw(conn, now)).await?;
                Err(overloaded.into())
            }
        }
    }

    /// Failures on the name or number since its last success, this try included.
    ///
    /// # Errors
    /// When the database does not answer.
    pub fn failures(&self, place: &mut impl Ledgers, now: DateTime<Utc>) -> Result<u16, StoreError> {
        let Some(person) = self.entries.last() else {
            return Ok(0);
        };
        self.change(place, person, now, |ledger| ledger.total())
    }

    fn change<R>(
        &self,
        place: &mut impl Ledgers,
        entry: &Entry,
        now: DateTime<Utc>,
        change: impl Fn(&mut Ledger) -> R,
    ) -> Result<R, StoreError> {
        place.change(&entry.key, self.lasting, now, change)
    }
}

impl Entry {
    fn person(keys: &Key, form: &str, name: &[u8], budget: Budget, network: &str) -> Self {
        let key = keys.digest(&[b"person", form.as_bytes(), name]);
        Self {
            whose: Whose::Person,
            key,
            budget,
            tag: tag(keys, network),
        }
    }
}

/// Whether many people share the visitor's address.
fn is_shared(visitor: &Visitor) -> bool {
    visitor.campus || visitor.public_computer
}

fn addresses(keys: &Key, form: &str, visitor: &Visitor, name: &str, budget: Budget) -> Vec<Entry> {
    let budget = if is_shared(visitor) {
        budget.times(CAMPUS)
    } else {
        budget
    };
    let entry = |network: &str, budget| Entry {
        whose: Whose::Address,
        key: keys.digest(&[b"address", form.as_bytes(), network.as_bytes()]),
        budget,
        tag: tag(keys, name),
    };
    let mut entries = vec![entry(&network(visitor.address), budget)];
    if let IpAddr::V6(v6) = visitor.address.to_canonical() {
        let [a, b, c, ..] = v6.segments();
        entries.push(entry(&format!("{a:x}:{b:x}:{c:x}::/48"), budget.times(SITE)));
    }
    entries
}

/// The address, or for IPv6 the /64 that one subscriber has to themselves ([S-45]).
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
    }
}

fn tag(keys: &Key, text: &str) -> u32 {
    let [a, b, c, d, ..] = keys.digest(&[b"tag", text.as_bytes()]);
    u32::from_be_bytes([a, b, c, d])
}
