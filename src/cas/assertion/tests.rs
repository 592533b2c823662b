//! Tests of `cas::assertion`.

use super::*;

fn service(fields: &str) -> Service {
    let text = format!("key = 'a'\nurl = 'https://a.example/'\nname = {{ fr = 'a', en = 'a' }}\n{fields}");
    toml::from_str(&text).unwrap()
}

fn attributes(pairs: &[(&str, &[&str])]) -> Attributes {
    pairs
        .iter()
        .map(|(name, values)| {
            (
                (*name).to_owned(),
                values.iter().map(|&value| value.to_owned()).collect(),
            )
        })
        .collect()
}

#[test]
fn a3_only_what_the_service_lists_is_released_in_its_order_and_under_its_names() {
    let known = attributes(&[
        ("mail", &["j@univ.example"]),
        ("supannEtuId", &["123"]),
        ("birthDate", &["2000-01-01"]),
        ("memberOf", &["staff", "exam-board"]),
    ]);
    let service = service("release = ['memberOf', { from = 'supannEtuId', as = 'numero' }, 'sn']");

    let released = release(&known, &service);

    assert_eq!(
        released,
        attributes(&[("memberOf", &["staff", "exam-board"]), ("numero", &["123"])])
    );
    assert_eq!(release(&known, &self::service("")), attributes(&[]));
}

#[test]
fn a4_values_are_trimmed_and_empty_ones_left_out() {
    let known = attributes(&[("a", &[" x ", "", "  ", "\ty\n"]), ("b", &["", " "]), ("c", &[])]);

    let released = release(&known, &service("release = ['a', 'b', 'c']"));

    assert_eq!(released, attributes(&[("a", &["x", "y"])]));
}

#[test]
fn a8_the_name_is_the_principal_unless_the_service_names_an_attribute() {
    let known = attributes(&[("uid", &["jdupont2"]), ("supannAliasLogin", &[" jd "])]);

    assert_eq!(
        username("jdupont", &known, &service("")).as_deref(),
        Some("jdupont")
    );
    assert_eq!(
        username(
            "jdupont",
            &known,
            &service("username_attribute = 'supannAliasLogin'")
        )
        .as_deref(),
        Some("jd")
    );
}

#[test]
fn a8_without_exactly_one_value_there_is_no_name() {
    let service = service("username_attribute = 'number'");
    for values in [&[][..], &[""], &[" "], &["1", "2"], &["1\n2"]] {
        assert_eq!(
            username("jdupont", &attributes(&[("number", values)]), &service),
            None,
            "{values:?}"
        );
    }
    assert_eq!(username("jdupont", &[], &service), None);
}
