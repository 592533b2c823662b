//! The fuzz targets on a stable compiler: each is given its corpus, and a few thousand mutations that are the same each time.

#[path = "../../fuzz/targets/mod.rs"]
mod targets;

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use vestibule::kernel::entropy::Entropy;

use targets::{ALL, Run};

/// How many mutations each target is given, of all its inputs together.
const MUTATIONS: u32 = 4_000;

/// What ends or begins something in one of the languages.
const MARKS: &[u8] = b"\0\n\r\t %&;<>\"'\\/:@[]{}=,";

/// A mutation does not grow beyond this, in bytes.
const LONGEST: usize = 4_096;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz")
}

/// The inputs kept for a target, by their names.
fn corpus(target: &str) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder().join("corpus").join(target)).expect("the target has a corpus");
    let mut inputs: Vec<(String, Vec<u8>)> = entries
        .map(|entry| entry.expect("an entry"))
        .map(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name, fs::read(entry.path()).expect("an input"))
        })
        .collect();
    inputs.sort();
    assert!(inputs.len() >= 3, "{target} has a corpus");
    inputs
}

/// The words of the dictionary that libFuzzer is given.
fn words() -> Vec<Vec<u8>> {
    let text = fs::read_to_string(folder().join("words")).expect("the dictionary");
    text.lines()
        .filter_map(|line| line.strip_prefix('"')?.strip_suffix('"'))
        .map(unescaped)
        .collect()
}

/// `\x0a` is a byte, `\\` and `\"` are what stands behind the backslash.
fn unescaped(word: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = word.as_bytes();
    loop {
        match rest {
            [] => return bytes,
            [b'\\', b'x', high, low, after @ ..] => {
                let digits = String::from_utf8_lossy(&[*high, *low]).into_owned();
                bytes.push(u8::from_str_radix(&digits, 16).expect("two hexadecimal digits"));
                rest = after;
            }
            [b'\\', byte, after @ ..] | [byte, after @ ..] => {
                bytes.push(*byte);
                rest = after;
            }
        }
    }
}

/// Changes an input in up to five places: bytes, words, pieces of itself or of another input.
fn mutate(entropy: &Entropy, input: &[u8], other: &[u8], words: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..=entropy.below(5) {
        let at = place(entropy, bytes.len());
        let until = at + place(entropy, (bytes.len() - at).min(32));
        let piece = match entropy.below(6) {
            0 => entropy.bytes::<1>().to_vec(),
            1 => entropy.pick(words).cloned().unwrap_or_default(),
            2 => bytes[at..until].repeat(3),
            3 => {
                let from = place(entropy, other.len());
                other[from..from + place(entropy, other.len() - from)].to_vec()
            }
            4 => Vec::new(),
            _ => vec![*entropy.pick(MARKS).expect("a mark")],
        };
        // Put in, or put in the place of what is there.
        let until = if entropy.below(2) == 0 { at } else { until };
        bytes.splice(at..until, piece);
        bytes.truncate(LONGEST);
    }
    bytes
}

/// Somewhere from 0 to `length`, which it may be.
fn place(entropy: &Entropy, length: usize) -> usize {
    entropy.below(u32::try_from(length + 1).expect("inputs are short")) as usize
}

fn ask(target: &str, run: Run, input: &[u8]) {
    let outcome = catch_unwind(AssertUnwindSafe(|| run(input)));
    assert!(
        outcome.is_ok(),
        "{target} does not hold for {:?}",
        String::from_utf8_lossy(input)
    );
}

fn holds(target: &str) {
    let (_, run) = ALL.iter().find(|(name, _)| *name == target).expect("a target");
    let (inputs, words) = (corpus(target), words());
    let entropy = Entropy::seeded(12);

    for (_, input) in &inputs {
        ask(target, *run, input);
    }
    for _ in 0..MUTATIONS {
        let [(_, input), (_, other)] = [(); 2].map(|()| entropy.pick(&inputs).expect("an input"));
        ask(target, *run, &mutate(&entropy, input, other, &words));
    }
}

#[test]
fn what_a_validation_by_soap_may_be_sent_is_a_ticket_or_nothing() {
    holds("soap");
}

#[test]
fn s55_whatever_people_are_called_every_answer_reads_as_what_was_meant() {
    holds("answers");
}

#[test]
fn s01_whatever_address_is_let_in_a_browser_goes_to_the_host_that_was_judged() {
    holds("service");
}

#[test]
fn s02_whatever_matches_a_rule_or_an_address_is_of_the_same_host() {
    holds("matcher");
}

#[test]
fn s13_whatever_reads_as_a_ticket_is_letters_digits_and_hyphens_and_is_not_shown() {
    holds("ticket");
}

#[test]
fn s17_whatever_a_form_says_no_value_is_blank_or_read_from_where_it_must_not_stand() {
    holds("form");
}

#[test]
fn whatever_is_sent_as_json_is_read_as_json_or_not_at_all() {
    holds("json");
}

#[test]
fn whatever_is_typed_reads_the_same_when_it_is_read_again() {
    holds("typed");
}

#[test]
fn whatever_a_roster_holds_each_row_is_somebody_or_a_remark() {
    holds("roster");
}

#[test]
fn whatever_a_configuration_says_it_is_taken_or_what_is_wrong_is_said() {
    holds("configuration");
}

#[test]
fn whatever_a_definition_says_it_is_taken_or_what_is_wrong_is_said() {
    holds("definition");
}

#[test]
fn whatever_another_server_defined_is_a_service_that_passes_or_a_reason() {
    holds("apereo");
}

#[test]
fn whatever_is_given_as_a_place_is_one_or_is_refused() {
    holds("places");
}

#[test]
fn every_target_has_a_corpus_and_a_program_of_its_own() {
    let manifest = fs::read_to_string(folder().join("Cargo.toml")).expect("the manifest");
    let corpora = fs::read_dir(folder().join("corpus")).expect("the corpora");

    assert_eq!(corpora.count(), ALL.len());
    assert_eq!(manifest.matches("[[bin]]").count(), ALL.len());
    for (target, _) in ALL {
        assert!(
            manifest.contains(&format!("path = \"bins/{target}.rs\"")),
            "{target}"
        );
        let program = fs::read_to_string(folder().join(format!("bins/{target}.rs"))).expect("a program");
        assert!(program.contains(&format!("target!(\"{target}\")")), "{program}");
    }
}
