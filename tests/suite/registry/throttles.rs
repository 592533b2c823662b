//! Ledgers of failed tries.

use std::time::Duration;

use super::{Kept, digest};

const KEPT: Duration = Duration::from_secs(3600);

fn a_ledger_is_replaced_by_whoever_read_it_as_it_is(kept: &Kept) {
    let mut registry = kept.connect();
    assert_eq!(registry.ledger(&digest(1)).unwrap(), None);

    assert!(registry.replace_ledger(&digest(1), None, "[1]", KEPT).unwrap());
    assert!(!registry.replace_ledger(&digest(1), None, "[9]", KEPT).unwrap());
    assert!(
        !registry
            .replace_ledger(&digest(1), Some("[0]"), "[9]", KEPT)
            .unwrap()
    );
    assert!(
        !registry
            .replace_ledger(&digest(2), Some("[1]"), "[9]", KEPT)
            .unwrap()
    );

    let mut another = kept.connect();
    assert_eq!(another.ledger(&digest(1)).unwrap().as_deref(), Some("[1]"));
    assert!(
        another
            .replace_ledger(&digest(1), Some("[1]"), "[1,2]", KEPT)
            .unwrap()
    );
    assert_eq!(registry.ledger(&digest(1)).unwrap().as_deref(), Some("[1,2]"));
    assert_eq!(registry.ledger(&digest(2)).unwrap(), None);
}

fn a_ledger_that_is_kept_no_longer_is_none(kept: &Kept) {
    let mut registry = kept.connect();
    let soon = Duration::from_millis(1);
    assert!(registry.replace_ledger(&digest(1), None, "[1]", soon).unwrap());

    while registry.ledger(&digest(1)).unwrap().is_some() {}

    assert!(registry.replace_ledger(&digest(1), None, "[2]", KEPT).unwrap());
}

on_every_place! {
    a_ledger_is_replaced_by_whoever_read_it_as_it_is
}

beside_the_tables! {
    a_ledger_that_is_kept_no_longer_is_none
}
