//! A page of `docs/guide/clients`: what it tells people to write is what the tests run.

use std::fs;
use std::path::Path;

/// A page of the guide.
#[derive(Clone)]
pub struct Guide {
    name: &'static str,
    text: String,
}

impl Guide {
    /// Reads `docs/guide/clients/NAME.md`.
    pub fn open(name: &'static str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("docs/guide/clients")
            .join(format!("{name}.md"));
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { name, text }
    }

    /// The fenced block that is said to be `file=NAME`.
    pub fn file(&self, name: &str) -> &str {
        let mark = format!(" file={name}\n");
        let (_, rest) = self
            .text
            .split_once(&mark)
            .unwrap_or_else(|| panic!("{}.md has no block file={name}", self.name));
        let (block, _) = rest.split_once("```\n").expect("a block ends");
        block
    }
}
