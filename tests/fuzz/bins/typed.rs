//! See `targets::ALL`.
#![no_main]
vestibule_fuzz::target!("typed");
