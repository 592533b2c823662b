//! CAS 1.0: two lines of text.

/// The content type of both answers.
pub const CONTENT_TYPE: &str = "text/plain;charset=UTF-8";

/// Any failure. Two line feeds: go-cas compares the whole body, and rubycas-client wants to see two lines.
pub const FAILURE: &str = "no\n\n";

/// `yes` and the name. Nothing may follow the name's line feed ([V-3]), nor may one stand inside it.
pub fn success(user: &str) -> String {
    let mut out = String::with_capacity(user.len() + 5);
    out.push_str("yes\n");
    out.extend(user.chars().filter(|character| !character.is_control()));
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn v3_success_is_yes_and_the_name_on_two_lines() {
        assert_eq!(success("jdupont"), "yes\njdupont\n");
        assert_eq!(success("a\nb\r"), "yes\nab\n");
    }

    #[test]
    fn v3_failure_is_no_and_an_empty_line() {
        assert_eq!(FAILURE, "no\n\n");
        assert!(!FAILURE.contains("yes"));
    }
}
