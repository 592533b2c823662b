//! What an operator hands over: rosters, configuration, definitions of services, addresses of databases.

use chrono::{DateTime, NaiveDate};
use vestibule::cas::apereo::{self, File, is_definition};
use vestibule::cas::catalogue::{Catalogue, Service};
use vestibule::config::{Config, PublicUrl, read_span};
use vestibule::people::file_number::FileNumberFormat;
use vestibule::roster::plan::{Insistence, Plan};
use vestibule::roster::row::{GivenNames, Options};
use vestibule::roster::{reader, report};
use vestibule::store::{Place, Target};

/// A roster: every row becomes somebody or a remark, and the comparison with nobody known finds only newcomers.
pub fn roster(input: &[u8]) {
    let today = NaiveDate::from_ymd_opt(2026, 10, 5).expect("a day");
    let options = Options {
        file_number: FileNumberFormat::default(),
        staff_number: FileNumberFormat::default(),
        given_names: GivenNames::Commas,
        today,
    };
    let Ok(roster) = reader::read(input, &options) else {
        return;
    };
    assert!(roster.people.len() <= roster.rows);
    // A row is at least a byte and the end of a line.
    assert!(roster.rows <= input.len());
    let lines = report::remarks(&roster.errors) + &report::remarks(&roster.warnings);
    assert!(lines.len() < 1 << 24);
    let plan = Plan::compare(&roster, &[], DateTime::UNIX_EPOCH);
    assert_eq!(plan.new.len(), roster.people.len());
    assert!(
        plan.leavers(today, Insistence::Cautious)
            .is_ok_and(<[usize]>::is_empty)
    );
    for person in &roster.people {
        assert_eq!(person.source_hash(), person.clone().source_hash());
    }
}

/// A configuration and variables over it: what is wrong is said, and nothing that is wrong is taken.
pub fn configuration(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    // A key may name a file to be read; some of those of the machine never end.
    if text.contains("/dev") || text.contains("/proc") || text.contains("/sys") {
        return;
    }
    let (text, variables) = super::halves(text);
    let variables = variables
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (format!("VESTIBULE__{name}"), value.to_owned()));
    match Config::parse(text, variables) {
        Ok(config) => {
            let _ = (config.warnings(), format!("{config:?}"));
        }
        Err(problems) => assert!(!problems.is_empty() && !problems.to_string().is_empty()),
    }
}

/// A service as an operator writes it: read, judged, and found again.
pub fn definition(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    let (text, address) = super::halves(text);
    let Ok(service) = toml::from_str::<Service>(text) else {
        return;
    };
    let kept = serde_json::to_string(&service).expect("a definition is JSON");
    assert_eq!(
        serde_json::from_str::<Service>(&kept).expect("what was kept"),
        service
    );
    match Catalogue::new(vec![service]) {
        Ok(catalogue) => {
            let _ = catalogue.explain(address).to_string();
        }
        Err(problems) => assert!(problems.iter().all(|problem| !problem.to_string().is_empty())),
    }
}

/// Two definitions of another server: each becomes a service that the catalogue takes, or a reason.
pub fn apereo(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    let (first, second) = super::halves(&text);
    let files = ["A-1.json", "B-2.yml", "C-3.json"].map(|name| File {
        name: name.to_owned(),
        text: if name.starts_with('C') { second } else { first }.to_owned(),
    });
    assert!(files.iter().all(|file| is_definition(&file.name)));
    let imported = apereo::import(&files, &["mail", "displayName", "supannEtuId"]);
    assert_eq!(imported.entries.len(), files.len());
    let mut taken = Vec::new();
    for entry in imported.entries {
        match entry.outcome {
            Ok(service) => taken.push(service),
            Err(why) => assert!(!why.is_empty() && !why.contains(char::is_control), "{why:?}"),
        }
    }
    for service in &taken {
        assert!(service.check().is_ok(), "{service:?}");
    }
}

/// Where a database, a registry or the server itself is; and spans of time.
pub fn places(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    if let Ok(target) = text.parse::<Target>() {
        let _ = target.place();
    }
    let _ = text.parse::<Place>();
    if let Ok(url) = PublicUrl::parse(text) {
        assert!(url.join("/login").starts_with(&url.origin()), "{text}");
    }
    if let Some(span) = read_span(text) {
        assert!(span >= chrono::Duration::zero() && span <= chrono::Duration::days(3_660));
    }
}
