//! A checksum over the rows of a table that does not depend on the engine, nor on the order in which it gives them.
//!
//! The engines sort text differently, and the locale of a PostgreSQL database decides how. Rows are therefore hashed
//! one by one (SHA-256 over all columns), and the hashes are added up. Keys are unique, so no row hides another.

use sha2::{Digest, Sha256};

/// What a table holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sum {
    rows: u64,
    lanes: [u64; 4],
}

impl Sum {
    /// How many rows.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The checksum in hexadecimal.
    pub fn checksum(&self) -> String {
        self.lanes.map(|lane| format!("{lane:016x}")).concat()
    }

    /// Counts a row in.
    pub(super) fn add(&mut self, row: Fields) {
        self.rows += 1;
        let digest: [u8; 32] = row.0.finalize().into();
        let (parts, _) = digest.as_chunks::<8>();
        for (lane, part) in self.lanes.iter_mut().zip(parts) {
            *lane = lane.wrapping_add(u64::from_be_bytes(*part));
        }
    }
}

/// The columns of one row, in order.
#[derive(Default)]
pub(super) struct Fields(Sha256);

impl Fields {
    /// A value behind its kind and its length: no two rows give the same bytes.
    fn put(&mut self, kind: u8, value: &[u8]) {
        self.0.update([kind]);
        self.0.update((value.len() as u64).to_be_bytes());
        self.0.update(value);
    }
}

/// A value of a column.
pub(super) trait Field {
    /// Tells it.
    fn tell(&self, fields: &mut Fields);
}

impl Field for String {
    fn tell(&self, fields: &mut Fields) {
        fields.put(b't', self.as_bytes());
    }
}

impl Field for i64 {
    fn tell(&self, fields: &mut Fields) {
        fields.put(b'i', &self.to_be_bytes());
    }
}

impl Field for bool {
    fn tell(&self, fields: &mut Fields) {
        fields.put(b'b', &[u8::from(*self)]);
    }
}

impl Field for Vec<u8> {
    fn tell(&self, fields: &mut Fields) {
        fields.put(b'x', self);
    }
}

impl<F: Field> Field for Option<F> {
    fn tell(&self, fields: &mut Fields) {
        match self {
            Some(value) => value.tell(fields),
            None => fields.put(b'-', &[]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(values: &[&dyn Field]) -> Fields {
        let mut fields = Fields::default();
        for value in values {
            value.tell(&mut fields);
        }
        fields
    }

    fn sum(rows: impl IntoIterator<Item = Fields>) -> Sum {
        let mut sum = Sum::default();
        rows.into_iter().for_each(|row| sum.add(row));
        sum
    }

    #[test]
    fn the_order_of_rows_does_not_count_and_every_value_does() {
        let text = |text: &str| text.to_owned();
        let one = || row(&[&text("a"), &1_i64, &None::<String>]);
        let two = || row(&[&text("b"), &2_i64, &Some(text(""))]);

        assert_eq!(sum([one(), two()]), sum([two(), one()]));
        let others = [
            sum([]),
            sum([one()]),
            sum([two()]),
            sum([one(), two(), two()]),
            sum([one(), row(&[&text("b"), &2_i64, &None::<String>])]),
            sum([one(), row(&[&text("b"), &3_i64, &Some(text(""))])]),
        ];
        for other in others {
            assert_ne!(other.checksum(), sum([one(), two()]).checksum(), "{other:?}");
        }
    }

    #[test]
    fn a_value_does_not_run_over_into_the_next_column() {
        let text = |text: &str| text.to_owned();

        assert_ne!(
            sum([row(&[&text("ab"), &text("c")])]),
            sum([row(&[&text("a"), &text("bc")])])
        );
        assert_ne!(sum([row(&[&text("a")])]), sum([row(&[&b"a".to_vec()])]));
    }
}
