//! Floods, in short and without a clock: more log-ins than can be hashed, more connections than anybody needs. Those who
//! were there before go on. The long form, by the clock, is `cargo bench --bench flood`; what one request may be is in
//! `protocol::limits`.

mod crowd;
mod log_ins;
