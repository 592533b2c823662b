//! The recipes for what the tests do not run: they say so, and what they tell to register can be registered.

use std::fs;
use std::path::Path;

use super::guide::Guide;
use crate::support::program::Program;

fn recipes() -> Vec<Guide> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide/recipes");
    let entries = fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("a folder can be read").path());
    let recipes: Vec<Guide> = paths.map(|path| Guide::read(&path)).collect();
    assert!(!recipes.is_empty());
    recipes
}

#[test]
fn every_recipe_says_first_that_it_was_not_run() {
    for recipe in recipes() {
        let second = recipe.text.lines().nth(2).unwrap_or_default();

        assert!(
            second.starts_with("> **Not run here.** "),
            "{}: {second}",
            recipe.name
        );
    }
}

#[test]
fn every_registration_of_a_recipe_can_be_imported() {
    let program = Program::new();

    for recipe in recipes() {
        program.services(recipe.file("service.toml"));
    }
}
