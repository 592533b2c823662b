//! Where the order of evaluation decided, and the most specific rule decides now.

use super::definition::Taken;
use super::rules::example;
use crate::cas::catalogue::Rule;

/// The rules of each definition, in the order in which the original tried them: those that an earlier definition
/// has already are taken away. Gives what is to be said of it, with the definition's index.
pub(super) fn untie(taken: &mut [&mut Taken]) -> Vec<(usize, String)> {
    let mut said = Vec::new();
    let mut held: Vec<(Rule, String)> = Vec::new();
    for (index, definition) in taken.iter_mut().enumerate() {
        let texts: Vec<String> = definition.service.rule_texts().map(str::to_owned).collect();
        let mut kept = Vec::new();
        for text in texts {
            let Ok(rule) = Rule::parse(&text) else { continue };
            if let Some((_, owner)) = held.iter().find(|(other, _)| other.claims_the_same(&rule)) {
                said.push((index, format!("{text} is left to {owner}, which came first")));
            } else {
                held.push((rule, definition.service.name.fr.clone()));
                kept.push(text);
            }
        }
        let mut kept = kept.into_iter();
        definition.service.url = kept.next().unwrap_or_default();
        definition.service.aliases = kept.collect();
    }
    said
}

/// The addresses that another definition decides here than there. `taken` is in the order of evaluation.
pub(super) fn changed(taken: &[&Taken]) -> Vec<String> {
    let mut said = Vec::new();
    for (index, later) in taken.iter().enumerate() {
        for text in later.service.rule_texts() {
            let Some(address) = example(text) else { continue };
            let covers = |earlier: &&&Taken| {
                let mut rules = earlier
                    .service
                    .rule_texts()
                    .filter_map(|text| Rule::parse(text).ok());
                rules.any(|rule| rule.covers(&address))
            };
            if let Some(earlier) = taken[..index].iter().find(covers) {
                said.push(format!(
                    "{text} was decided by {} (evaluationOrder {}) and is by {} now ({}): the most specific rule wins",
                    earlier.service.key, earlier.order, later.service.key, later.order
                ));
            }
        }
    }
    said
}
