//! The rules, by the passwords that people choose.

use proptest::prelude::*;

use super::*;
use crate::people::birth_date::BirthDate;

fn camille() -> Personal<'static> {
    Personal {
        login: "corsonneau2",
        surnames: &["Orsonneau", "Kerlodoc-Saint-Évroult"],
        given_names: &["Camille", "Léo"],
        file_number: "22601234",
        birth_date: BirthDate::new(2008, 3, 7),
        university: &["Université de Montfaubrun", "univ.example"],
    }
}

fn refusals(password: &str) -> Vec<Refusal> {
    Policy::default()
        .check(password, &camille())
        .err()
        .unwrap_or_default()
}

#[test]
fn s35_twelve_letters_of_any_kind_are_enough() {
    for password in [
        "bakt mwez hv",
        "plumevoltige",
        "Kx7-olgenfra",
        "ÉCLUSE·VERTE",
        "le chat dort sur la pile",
        "🦆🦆🐸🐢🦊🐝🌵🌻🍋🥝🫐🍇",
        "jeudi14hpiscineavecNour",
        "83920174655291x",
        "le0n4rddevinci?pas moi",
    ] {
        assert_eq!(refusals(password), [], "{password}");
    }
}

#[test]
fn s35_eleven_characters_are_too_few() {
    assert_eq!(refusals("plumevoltig"), [Refusal::Short { min: 12 }]);
    assert_eq!(refusals(""), [Refusal::Short { min: 12 }]);
}

#[test]
fn digits_alone_must_be_sixteen() {
    assert_eq!(refusals("839201746552918"), [Refusal::DigitsOnly { min: 16 }]);
    assert_eq!(refusals("8392017465529183"), []);
    assert_eq!(refusals("83920174"), [Refusal::DigitsOnly { min: 16 }]);
}

#[test]
fn a_shorter_minimum_still_asks_for_the_bits() {
    let policy = Policy {
        min_length: 8,
        ..Policy::default()
    };

    assert_eq!(
        policy.check("plumevolt", &camille()),
        Err(vec![Refusal::Short { min: 11 }])
    );
    assert_eq!(policy.check("pL8!mVo?", &camille()), Ok(()));
}

#[test]
fn s31_too_long_is_said_at_once() {
    for password in [
        "plume voltige ".repeat(10),
        "é".repeat(600),
        "\u{fdfa}".repeat(100),
    ] {
        assert_eq!(refusals(&password), [Refusal::Long { max: 128 }]);
    }
    assert_eq!(refusals(&"plume v0ltige, ".repeat(8)), []);
}

#[test]
fn s35_listed_words_are_refused_under_their_disguises() {
    for password in [
        "marseille2026!",
        "doudoudoudou1",
        "M0t.de.p@sse",
        "motdepasse123",
        "!!bienvenue!!",
        "$esame202620",
        "P4ssw0rd2026",
        "universite2026",
        "azertyazerty",
        "Étudiant-2026",
        "bonjourbonjour",
        "123motdepasse",
        "septembre2026",
    ] {
        assert!(refusals(password).contains(&Refusal::Common), "{password}");
    }
}

#[test]
fn s35_movements_of_the_hand_are_refused() {
    for password in [
        "aaaaaaaaaaaa",
        "abababababab",
        "lolalolalola",
        "abcabcabcab1",
        "azertyuiop42",
        "poiuytreza-x",
        "qsdfghjklmù*",
        "7 abcdefghij",
        "01234567890123456789",
        "klmwxcvbn,;:",
        "xyz!!!!!!!!!",
        "&é\"'(-è_çà)=",
    ] {
        assert!(refusals(password).contains(&Refusal::Common), "{password}");
    }
}

#[test]
fn what_everybody_knows_about_the_person_is_refused() {
    for password in [
        "vive-Corsonneau2!",
        "mon 0rs0nn3@u à moi",
        "camille et ses amis",
        "kerlodoc forever",
        "x-Évroult-xyzt",
        "dossier 22601234",
        "né le 07/03/2008 ah",
        "anniv 070308 ok",
        "2008-03-07 hello",
        "le 7 mars 2008 à midi",
        "montfaubrun mon amour",
        "univ.example rocks",
    ] {
        assert!(refusals(password).contains(&Refusal::Personal), "{password}");
    }
}

#[test]
fn three_letters_of_a_name_are_chance() {
    assert_eq!(refusals("galéopithèque"), []);
    assert_eq!(refusals("depuis l'été 2008"), []);
}

#[test]
fn control_characters_are_refused() {
    assert_eq!(refusals("plume\tvoltige"), [Refusal::Control]);
    assert_eq!(refusals("plume\0voltige"), [Refusal::Control]);
}

#[test]
fn a_longer_list_may_come_from_the_operator() {
    let policy = Policy::default().with_extra(["Plume Voltige"]);

    assert_eq!(
        policy.check("plumé v0ltige!", &camille()),
        Err(vec![Refusal::Common])
    );
}

#[test]
fn s31_normalising_neither_trims_nor_changes_case() {
    assert_eq!(*normalise(" Éclair e\u{301} ﬁn "), " Éclair é fin ");
}

#[test]
fn all_entries_of_the_lists_can_be_met() {
    // An entry that its own folding does not find again would be dead weight.
    for list in [include_str!("common.txt"), include_str!("context.txt")] {
        for entry in list.lines().filter(|line| !line.starts_with("# ")) {
            assert!(blocklist::contains(&blocklist::fold(entry)), "{entry}");
        }
    }
}

proptest! {
    #[test]
    fn no_password_makes_the_rules_panic(password in "\\PC{0,60}") {
        let _ = Policy::default().check(&password, &camille());
    }

    #[test]
    fn an_accepted_password_has_the_length_asked_for(password in "[ -~]{0,40}") {
        if refusals(&password).is_empty() {
            prop_assert!(password.len() >= 12);
        }
    }
}
