//! The rules about people: who they are, what proves it, what they may choose, how often they may try.
//!
//! Pure: time is handed in as `now`, chance as `&Entropy`; nothing in here reads, writes or waits.
//!
//! | question | file |
//! |---|---|
//! | how is a name written, and compared? | `names`, `folding`, `naming` |
//! | what proves who somebody is? | `birth_date`, `file_number`, `ine`, `code` |
//! | which password is good enough, and which do we propose? | `password`, `generated`, `spelling` |
//! | was it the password elsewhere? | `dated_hash` |
//! | where does an account stand, and which page does that lead to? | `account` |
//! | what may a service learn? | `attributes` |
//! | how many tries are left? | `throttle`, `tide`, `surge` |

pub mod account;
pub mod attributes;
pub mod birth_date;
pub mod code;
pub mod dated_hash;
pub mod file_number;
pub mod folding;
pub mod generated;
pub mod ine;
pub mod names;
pub mod naming;
pub mod password;
pub mod spelling;
pub mod surge;
pub mod throttle;
pub mod tide;
