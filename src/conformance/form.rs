//! Reads the forms of a page, as far as a sign-in page needs it: tolerant of everything, without building a document.

/// A form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Form {
    /// Where it goes, if it says so.
    pub action: Option<String>,
    /// How, in lower case; `get` if it does not say.
    pub method: String,
    /// What it asks.
    pub fields: Vec<Field>,
}

/// A field.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its type, in lower case.
    pub kind: String,
    /// Its value.
    pub value: String,
    /// Whether it is ticked.
    pub checked: bool,
}

impl Form {
    /// Whether it signs somebody in: one password is asked for, and before it a login. Forms for a new password ask
    /// for several.
    pub fn signs_in(&self) -> bool {
        let passwords = self.fields.iter().filter(|field| field.kind == "password");
        passwords.count() == 1 && self.user().is_some()
    }

    /// The field of the password.
    pub fn password(&self) -> Option<&Field> {
        self.fields.iter().find(|field| field.kind == "password")
    }

    /// The field of the login: the last one for text before the password.
    pub fn user(&self) -> Option<&Field> {
        let password = self.fields.iter().position(|field| field.kind == "password")?;
        let before = &self.fields[..password];
        before
            .iter()
            .rfind(|field| matches!(field.kind.as_str(), "text" | "email"))
    }

    /// The field of this name.
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }

    /// What a browser sends when nothing is changed.
    pub fn values(&self) -> Vec<(String, String)> {
        let sent = self.fields.iter().filter(|field| match field.kind.as_str() {
            "checkbox" | "radio" => field.checked,
            "submit" | "button" | "image" | "reset" | "file" => false,
            _ => true,
        });
        sent.map(|field| (field.name.clone(), field.value.clone()))
            .collect()
    }

    /// The same with the account filled in.
    pub fn signed(&self, user: &str, password: &str) -> Option<Vec<(String, String)>> {
        let (user_field, password_field) = (&self.user()?.name, &self.password()?.name);
        let mut values = self.values();
        for (name, value) in &mut values {
            if name == user_field {
                user.clone_into(value);
            } else if name == password_field {
                password.clone_into(value);
            }
        }
        Some(values)
    }
}

/// The forms of `page`, in order.
pub fn forms(page: &str) -> Vec<Form> {
    let mut found: Vec<Form> = Vec::new();
    let mut inside = false;
    for tag in Tags(page) {
        match tag.name.as_str() {
            "form" => {
                inside = true;
                found.push(Form {
                    action: tag.attribute("action"),
                    method: tag.attribute("method").unwrap_or_default().to_lowercase(),
                    fields: Vec::new(),
                });
            }
            "/form" => inside = false,
            "input" | "button" | "textarea" if inside => {
                if let (Some(form), Some(name)) = (found.last_mut(), tag.attribute("name")) {
                    let usual = if tag.name == "button" { "submit" } else { "text" };
                    form.fields.push(Field {
                        name,
                        kind: tag
                            .attribute("type")
                            .unwrap_or_else(|| usual.to_owned())
                            .to_lowercase(),
                        value: tag.attribute("value").unwrap_or_default(),
                        checked: tag.attribute("checked").is_some(),
                    });
                }
            }
            _ => {}
        }
    }
    found
}

/// The words a reader of `page` sees, with single spaces.
pub fn visible(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    while let Some((before, after)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        rest = past_tag(after);
    }
    text.push_str(rest);
    let words: Vec<&str> = text.split_whitespace().collect();
    unescape(&words.join(" "))
}

/// What follows the tag that begins at `text` (its `<` taken off), its script or style included.
fn past_tag(text: &str) -> &str {
    if let Some(comment) = text.strip_prefix("!--") {
        return comment.split_once("-->").map_or("", |(_, rest)| rest);
    }
    let rest = &text[end_of_tag(text)..];
    let rest = rest.strip_prefix('>').unwrap_or(rest);
    for name in ["script", "style", "title"] {
        if starts_with_word(text, name) {
            return find_ignoring_case(rest, &format!("</{name}")).map_or("", |at| &rest[at..]);
        }
    }
    rest
}

fn starts_with_word(text: &str, name: &str) -> bool {
    let head = text.get(..name.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(name))
        && !text[name.len()..].starts_with(|c: char| c.is_ascii_alphanumeric())
}

fn find_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    text.to_ascii_lowercase().find(wanted)
}

/// Where the `>` of a tag is: one in quotes does not count.
fn end_of_tag(text: &str) -> usize {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return at,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
    }
    text.len()
}

struct Tag<'a> {
    name: String,
    attributes: &'a str,
}

impl Tag<'_> {
    /// The value of an attribute; empty if it has none.
    fn attribute(&self, wanted: &str) -> Option<String> {
        let mut rest = self.attributes;
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
            if rest.is_empty() {
                return None;
            }
            let end = rest
                .find(|c: char| c.is_whitespace() || c == '=' || c == '/')
                .unwrap_or(rest.len());
            // A stray `=` is a name of its own, or nothing would ever be consumed.
            let end = end.max(rest.chars().next().map_or(1, char::len_utf8));
            let (name, after) = rest.split_at(end);
            let (value, after) = value(after.trim_start());
            if name.eq_ignore_ascii_case(wanted) {
                return Some(unescape(value));
            }
            rest = after;
        }
    }
}

/// A value and what follows it, at `= value`.
fn value(text: &str) -> (&str, &str) {
    let Some(text) = text.strip_prefix('=') else {
        return ("", text);
    };
    let text = text.trim_start();
    for quote in ['"', '\''] {
        if let Some(text) = text.strip_prefix(quote) {
            return text.split_once(quote).unwrap_or((text, ""));
        }
    }
    text.split_at(text.find(char::is_whitespace).unwrap_or(text.len()))
}

struct Tags<'a>(&'a str);

impl<'a> Iterator for Tags<'a> {
    type Item = Tag<'a>;

    fn next(&mut self) -> Option<Tag<'a>> {
        loop {
            let (_, text) = self.0.split_once('<')?;
            self.0 = past_tag(text);
            if text.starts_with('!') {
                continue;
            }
            let tag = &text[..end_of_tag(text)];
            let end = tag.find(char::is_whitespace).unwrap_or(tag.len());
            let (name, attributes) = tag.split_at(end);
            return Some(Tag {
                name: name.to_lowercase(),
                attributes,
            });
        }
    }
}

/// The text that entities stand for.
pub fn unescape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        out.push_str(before);
        let known = after
            .split_once(';')
            .and_then(|(name, after)| Some((entity(name)?, after)));
        let (c, after) = known.unwrap_or(('&', after));
        out.push(c);
        rest = after;
    }
    out.push_str(rest);
    out
}

fn entity(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{a0}',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)?
        }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_sign_in_form_is_read_however_it_is_written() {
        let page = r#"<!-- <form action="/no"> --><script>"<form>"</script>
            <form class=x METHOD='POST' action="/cas/login?a=1&amp;b=2"><INPUT type=hidden name='lt' value="LT&#45;1"/>
            <input name=user value="">
            <input type="password" name="password" placeholder="a > b"><input type="checkbox" name="warn" value="on">
            <input type=checkbox name=stay value=1 checked><button name="go">Go</button></form><input name="outside">"#;

        let found = forms(page);

        assert_eq!(found.len(), 1);
        let form = &found[0];
        assert_eq!(
            (form.action.as_deref(), form.method.as_str()),
            (Some("/cas/login?a=1&b=2"), "post")
        );
        assert_eq!(form.user().map(|field| field.name.as_str()), Some("user"));
        let sent = form.signed("bob", "secret").unwrap();
        let sent: Vec<(&str, &str)> = sent
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        assert_eq!(
            sent,
            [
                ("lt", "LT-1"),
                ("user", "bob"),
                ("password", "secret"),
                ("stay", "1")
            ]
        );
    }

    #[test]
    fn a_reader_sees_neither_tags_nor_scripts() {
        let page = "<title>T</title><p class='a>b'>One &amp;\n two</p><style>p{}</style><b>three</b>";

        assert_eq!(visible(page), "One & two three");
    }

    proptest! {
        #[test]
        fn any_text_is_read_to_its_end(page in "[<>/='\"a-z &;#!é-]{0,200}") {
            let _ = (forms(&page), visible(&page));
        }
    }
}
