//! The national student identifier (INE): recognised, never asked for on screen.

/// The three generations of the identifier, all of eleven characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ine {
    /// Ten digits and a check letter.
    University,
    /// Ten symbols of base 36 and a check digit.
    School,
    /// Nine digits and two letters, since the national directory.
    National,
}

/// The check letters of the first generation: the number modulo 23, without I, O and Q.
const CHECK_LETTERS: &[u8; 23] = b"ABCDEFGHJKLMNPRSTUVWXYZ";

impl Ine {
    /// The generation that `text` (capitals, no spaces) has the shape of, if any. Eleven digits alone have none:
    /// they are more likely another number.
    pub fn shape(text: &str) -> Option<Self> {
        let bytes: &[u8; 11] = text.as_bytes().try_into().ok()?;
        let letter = |byte: &u8| byte.is_ascii_uppercase();
        let digit = |byte: &u8| byte.is_ascii_digit();
        if bytes[..9].iter().all(digit) && bytes[9..].iter().all(letter) {
            Some(Self::National)
        } else if bytes[..10].iter().all(digit) && letter(&bytes[10]) {
            Some(Self::University)
        } else if bytes[..10].iter().all(|byte| letter(byte) || digit(byte))
            && digit(&bytes[10])
            && bytes.iter().filter(|byte| digit(byte)).count() >= 5
            && bytes.iter().any(letter)
        {
            Some(Self::School)
        } else {
            None
        }
    }

    /// Whether `text` could be a real identifier: the shape is right and, where we know the rule, the check letter.
    pub fn is_plausible(text: &str) -> bool {
        match Self::shape(text) {
            Some(Self::University) => {
                let remainder = text[..10]
                    .bytes()
                    .fold(0_usize, |sum, digit| (sum * 10 + usize::from(digit - b'0')) % 23);
                CHECK_LETTERS[remainder] == text.as_bytes()[10]
            }
            Some(_) => true,
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_generations_are_told_apart() {
        assert_eq!(Ine::shape("0123456789A"), Some(Ine::University));
        assert_eq!(Ine::shape("0AB1C2345D6"), Some(Ine::School));
        assert_eq!(Ine::shape("000123456XY"), Some(Ine::National));
        for other in [
            "22601234",
            "01234567890",
            "0123456789é",
            "ABCDEFGHIJK",
            "0123456789AB",
            "",
        ] {
            assert_eq!(Ine::shape(other), None, "{other}");
        }
    }

    #[test]
    fn one_check_letter_fits_each_number() {
        let fitting: Vec<String> = ('A'..='Z')
            .map(|letter| format!("1234567890{letter}"))
            .filter(|text| Ine::is_plausible(text))
            .collect();

        // 1234567890 = 23 * 53676864 + 18, and V is the letter of rank 18.
        assert_eq!(fitting, ["1234567890V"]);
    }
}
