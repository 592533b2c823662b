//! A page of the guide: what it tells people to write is what the tests run.

use std::fs;
use std::path::Path;

/// A page of the guide.
#[derive(Clone)]
pub struct Guide {
    pub name: String,
    pub text: String,
}

impl Guide {
    /// Reads `docs/guide/clients/NAME.md`.
    pub fn open(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide/clients");
        Self::read(&folder.join(format!("{name}.md")))
    }

    /// Reads a page.
    pub fn read(path: &Path) -> Self {
        let name = path.display().to_string();
        let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{name}: {error}"));
        Self { name, text }
    }

    /// The fenced block that is said to be `file=NAME`.
    pub fn file(&self, name: &str) -> &str {
        let mark = format!(" file={name}\n");
        let found = self.text.split_once(&mark);
        let (_, rest) = found.unwrap_or_else(|| panic!("{} has no block file={name}", self.name));
        let (block, _) = rest.split_once("```\n").expect("a block ends");
        block
    }
}
