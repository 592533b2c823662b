//! The style sheet, the script and the logo: embedded, and named after their content so that browsers keep them.

use sha2::{Digest, Sha256};

use super::PagesError;
use super::colour;
use super::site::{Logo, Site};

const STYLE: &str = include_str!("../../../templates/assets/style.css");
const SCRIPT: &str = include_str!("../../../templates/assets/page.js");
const LOGO: &str = include_str!("../../../templates/assets/logo.svg");

/// One file of the pages. It never changes under its name: a year of caching is safe.
#[derive(Debug, Clone)]
pub struct Asset {
    /// Its name under `/assets/`: stem, 12 hexadecimal digits of its SHA-256, extension.
    pub name: String,
    /// Its media type.
    pub content_type: &'static str,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// The files of the pages.
#[derive(Debug)]
pub struct Assets {
    pub(super) style: Asset,
    pub(super) script: Asset,
    pub(super) logo: Asset,
}

impl Assets {
    /// The files for `site`: its logo and its colour, if it has its own.
    pub(super) fn new(site: &Site) -> Result<Self, PagesError> {
        let mut style = STYLE.to_owned();
        if let Some(primary) = &site.primary {
            style.push_str(&colour::theme(primary)?);
        }
        let logo = match &site.logo {
            Some(Logo { extension, bytes }) => Asset::new("logo", extension, bytes.clone()),
            None => Asset::new("logo", "svg", LOGO.into()),
        };
        Ok(Self {
            style: Asset::new("style", "css", style.into_bytes()),
            script: Asset::new("page", "js", SCRIPT.into()),
            logo,
        })
    }

    /// The file called `name`, hash included.
    pub fn find(&self, name: &str) -> Option<&Asset> {
        self.all().into_iter().find(|asset| asset.name == name)
    }

    /// Every file.
    pub fn all(&self) -> [&Asset; 3] {
        [&self.style, &self.script, &self.logo]
    }
}

impl Asset {
    fn new(stem: &str, extension: &str, bytes: Vec<u8>) -> Self {
        let digest = hex::encode(&Sha256::digest(&bytes)[..6]);
        Self {
            name: format!("{stem}.{digest}.{extension}"),
            content_type: match extension {
                "css" => "text/css; charset=utf-8",
                "js" => "text/javascript; charset=utf-8",
                "png" => "image/png",
                _ => "image/svg+xml",
            },
            bytes,
        }
    }
}
