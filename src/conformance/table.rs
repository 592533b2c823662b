//! The results of several servers side by side, as a section of a Markdown page.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::clauses;
use super::report::{Finding, Outcome, Report};

/// The line before the section.
pub const BEGIN: &str = "<!-- made by `vestibule conformance-table`; do not edit -->";
/// The line after it.
pub const END: &str = "<!-- end of what `vestibule conformance-table` made -->";

/// The section: the clauses with one column for each report, then what failed and why something was left out.
pub fn section(reports: &[Report]) -> String {
    let mut text = format!("{BEGIN}\n\n");
    let names: Vec<&str> = reports.iter().map(|report| report.server.as_str()).collect();
    row(&mut text, "clause", "source", &names);
    row(&mut text, "---", "---", &vec!["---"; names.len()]);
    let found: Vec<BTreeMap<&str, &Finding>> = reports
        .iter()
        .map(|report| {
            let findings = report.findings.iter();
            findings.map(|one| (one.clause.as_str(), one)).collect()
        })
        .collect();
    for clause in clauses::all() {
        let words: Vec<&str> = found
            .iter()
            .map(|column| {
                column
                    .get(clause.id)
                    .map_or("-", |finding| finding.outcome.word())
            })
            .collect();
        let first = format!("`{}`: {}", clause.id, clause.says);
        row(&mut text, &first, clause.source, &words);
    }
    let totals: Vec<String> = reports
        .iter()
        .map(|report| {
            format!(
                "{} of {}",
                report.count("pass"),
                report.count("pass") + report.count("fail")
            )
        })
        .collect();
    let totals: Vec<&str> = totals.iter().map(String::as_str).collect();
    row(&mut text, "passed of those checked", "", &totals);
    for report in reports {
        details(&mut text, report);
    }
    writeln!(text, "\n{END}").expect("writing to text does not fail");
    text
}

fn details(text: &mut String, report: &Report) {
    let lines: Vec<String> = report.findings.iter().filter_map(detail).collect();
    if lines.is_empty() {
        return;
    }
    write!(
        text,
        "\n### {}: what did not pass\n\n{}",
        cell(&report.server),
        lines.concat()
    )
    .expect("writing to text does not fail");
}

fn detail(finding: &Finding) -> Option<String> {
    let words = match &finding.outcome {
        Outcome::Pass => return None,
        Outcome::Fail { expected, received } => {
            format!("expected {}, received {}", code(expected), code(received))
        }
        Outcome::NotOffered { why } | Outcome::NotTried { why } => {
            format!("{}: {}", finding.outcome.word(), cell(why))
        }
    };
    Some(format!("- `{}`: {words}\n", finding.clause))
}

/// Text between backticks, which it must not hold itself.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'"))
}

fn row(text: &mut String, clause: &str, source: &str, cells: &[&str]) {
    let cells: Vec<String> = cells.iter().map(|one| cell(one)).collect();
    writeln!(
        text,
        "| {} | {} | {} |",
        cell(clause),
        cell(source),
        cells.join(" | ")
    )
    .expect("writing to text does not fail");
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

/// The page with its section replaced; nothing if it has none.
pub fn replaced(page: &str, section: &str) -> Option<String> {
    let (before, rest) = page.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{}{after}", section.trim_end()))
}
