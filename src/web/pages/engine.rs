//! Fills templates: one template engine per language, made once at start.

use std::sync::Arc;

use chrono::{NaiveDate, NaiveDateTime};
use serde::Serialize;
use tera::{Context, Kwargs, Map, State, Tera, Value};

use super::assets::Assets;
use super::locale::{Locale, switch};
use super::login::LoginPage;
use super::site::Site;
use super::sources::TEMPLATES;
use super::stencil::Stencils;
use super::words::{Message, Words};
use super::{Page, PagesError};

/// What surrounds a page: the reader's language and what the header offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Frame {
    /// The reader's language.
    pub locale: Locale,
    /// The address of this page in the other language; see [`switch`].
    pub language_switch: String,
    /// Whether the header offers the account and the way out.
    pub signed_in: bool,
}

impl Frame {
    /// The frame of a page for a stranger. `path_and_query` is where this page can be had by GET, context path
    /// included.
    pub fn new(locale: Locale, path_and_query: &str) -> Self {
        Self {
            locale,
            language_switch: switch(path_and_query, locale.other()),
            signed_in: false,
        }
    }

    /// The same frame for a person with a session.
    pub fn signed_in(self) -> Self {
        Self {
            signed_in: true,
            ..self
        }
    }
}

/// The pages of one university, ready to be shown.
pub struct Pages {
    site: Site,
    assets: Assets,
    faces: [Face; 2],
    pub(super) login: Stencils<LoginPage>,
}

/// The pages in one language.
struct Face {
    words: Arc<Words>,
    tera: Tera,
}

impl Pages {
    /// Reads the embedded templates and messages. Fails when the site's colour cannot be used, and, in a broken
    /// build, when a template or a message is malformed.
    pub fn new(site: Site) -> Result<Self, PagesError> {
        let assets = Assets::new(&site)?;
        let faces = [
            Face::new(Locale::Fr, &site, &assets)?,
            Face::new(Locale::En, &site, &assets)?,
        ];
        Ok(Self {
            site,
            assets,
            faces,
            login: Stencils::default(),
        })
    }

    /// The university.
    pub fn site(&self) -> &Site {
        &self.site
    }

    /// The style sheet, the script and the logo.
    pub fn assets(&self) -> &Assets {
        &self.assets
    }

    /// The HTML of `page`.
    pub fn render<P: Page>(&self, page: &P, frame: &Frame) -> Result<String, PagesError> {
        page.html(self, frame)
    }

    /// The template of `page`, filled.
    pub(super) fn fill<P: Page>(&self, page: &P, frame: &Frame) -> Result<String, PagesError> {
        let face = &self.faces[frame.locale as usize];
        let heading = face.words.tell(&page.title())?;
        let tab = face.words.tell(&page.tab())?;
        let form = if page.failed() {
            "page-title-error"
        } else {
            "page-title"
        };
        let mut context = Context::from_serialize(page)?;
        context.insert_value("page_title", face.words.say(form, [("page", tab)])?.into());
        context.insert_value("heading", heading.into());
        context.insert_value("signed_in", frame.signed_in.into());
        context.insert_value("language_switch", frame.language_switch.as_str().into());
        Ok(face.tera.render(P::TEMPLATE, &context)?)
    }

    /// A single message as plain text, for a mail or a terminal.
    pub fn text(&self, locale: Locale, message: &Message) -> Result<String, PagesError> {
        self.faces[locale as usize].words.tell(message)
    }
}

impl Face {
    fn new(locale: Locale, site: &Site, assets: &Assets) -> Result<Self, PagesError> {
        let words = Arc::new(Words::load(locale, site.terms(locale))?);
        let mut tera = Tera::new();
        let speaker = Arc::clone(&words);
        tera.register_function("t", move |args: Kwargs, _: &State| translate(&speaker, &args));
        let speaker = Arc::clone(&words);
        tera.register_filter("attribute", move |name: &str, _: Kwargs, _: &State| {
            attribute(&speaker, name)
        });
        tera.register_filter("day", move |text: &str, _: Kwargs, _: &State| {
            let day = text.parse::<NaiveDate>().map_err(tera::Error::message)?;
            tera::TeraResult::Ok(locale.date(day))
        });
        tera.register_filter("moment", move |text: &str, _: Kwargs, _: &State| {
            let moment = text.parse::<NaiveDateTime>().map_err(tera::Error::message)?;
            tera::TeraResult::Ok(locale.moment(moment))
        });
        tera.register_filter("query_value", |text: &str, _: Kwargs, _: &State| {
            query_value(text)
        });
        let globals = tera.global_context();
        globals.insert("base", &site.base);
        globals.insert("lang", locale.code());
        globals.insert("other_lang", locale.other().code());
        globals.insert("site", &site.view(locale));
        globals.insert("assets", &AssetPaths::of(assets, &site.base));
        tera.add_raw_templates(TEMPLATES.iter().copied())?;
        Ok(Self { words, tera })
    }
}

/// `t(key="…", name=value, …)` in a template. The values may also come together, as `args`.
fn translate(words: &Words, args: &Kwargs) -> tera::TeraResult<Value> {
    let key = args.must_get::<&str>("key")?;
    let mut values = Vec::new();
    for (name, value) in args.iter() {
        match name.as_str() {
            Some("key") | None => {}
            Some("args") => collect(value.as_map(), &mut values)?,
            Some(name) => values.push((name, plain(name, value)?)),
        }
    }
    if values.is_empty()
        && let Some(text) = words.fixed(key)
    {
        return Ok(text.clone());
    }
    let text = words.say(key, values).map_err(tera::Error::message)?;
    Ok(Value::from(text))
}

fn collect<'a>(map: Option<&'a Map>, values: &mut Vec<(&'a str, String)>) -> tera::TeraResult<()> {
    for (name, value) in map.into_iter().flatten() {
        if let Some(name) = name.as_str() {
            values.push((name, plain(name, value)?));
        }
    }
    Ok(())
}

/// A value as it stands in a sentence.
fn plain(name: &str, value: &Value) -> tera::TeraResult<String> {
    if value.is_undefined() || value.is_none() {
        return Err(tera::Error::message(format!(
            "the message's `{name}` has no value"
        )));
    }
    Ok(value.as_str().map_or_else(|| value.to_string(), str::to_owned))
}

/// What an attribute released to a service is called, or its bare name.
fn attribute(words: &Words, name: &str) -> tera::TeraResult<String> {
    let key = format!("attr-{}", name.to_ascii_lowercase());
    if words.knows(&key) {
        words.say(&key, []).map_err(tera::Error::message)
    } else {
        Ok(name.to_owned())
    }
}

/// `text` as the value of a query parameter: everything but unreserved characters percent-encoded (RFC 3986 §2.3).
fn query_value(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() + text.len() / 2);
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(byte.into()),
            _ => {
                encoded.push('%');
                encoded.push_str(&hex::encode_upper([byte]));
            }
        }
    }
    encoded
}

/// The addresses of the assets, as templates see them.
#[derive(Serialize)]
struct AssetPaths {
    style: String,
    script: String,
    logo: String,
}

impl AssetPaths {
    fn of(assets: &Assets, base: &str) -> Self {
        let path = |name: &str| format!("{base}/assets/{name}");
        Self {
            style: path(&assets.style.name),
            script: path(&assets.script.name),
            logo: path(&assets.logo.name),
        }
    }
}
