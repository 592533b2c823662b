//! What can be wrong with any parameter, whatever it is called.

/// What a spelling comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The parameter is not there, blank, or called something else.
    Missing,
    /// It is there more than once.
    Repeated,
    /// The request cannot be decoded at all.
    Undecodable,
}

/// Wrong ways to write `name=value` in a query or a form.
pub fn spellings(name: &str, value: &str) -> Vec<(Fault, String)> {
    let all = [
        (Fault::Missing, missing(name, value)),
        (Fault::Repeated, repeated(name, value)),
        (Fault::Undecodable, undecodable(name, value)),
    ];
    let pairs = |(fault, texts): (Fault, Vec<String>)| texts.into_iter().map(move |text| (fault, text));
    all.into_iter().flat_map(pairs).collect()
}

pub fn missing(name: &str, value: &str) -> Vec<String> {
    let case = |c: char| {
        if c.is_lowercase() {
            c.to_ascii_uppercase()
        } else {
            c.to_ascii_lowercase()
        }
    };
    let swapped: String = name.chars().map(case).collect();
    vec![
        String::new(),
        name.to_owned(),
        format!("{name}="),
        format!("{name}=%20"),
        format!("{name}=++"),
        format!("{name}=%09%0D%0A"),
        format!("{name}=%C2%A0%E2%80%83"),
        format!("{swapped}={value}"),
        format!("{name}[]={value}"),
        format!("{name}[0]={value}"),
        format!("{name}%5B%5D={value}"),
        format!("+{name}={value}"),
        format!("{name}%20={value}"),
        format!("%EF%BB%BF{name}={value}"),
        format!("{name}%3D{value}"),
        format!("%25{:02x}{}={value}", name.as_bytes()[0], &name[1..]),
        format!("a=b;{name}={value}"),
        format!("amp;{name}={value}"),
    ]
}

pub fn repeated(name: &str, value: &str) -> Vec<String> {
    vec![
        format!("{name}={value}&{name}={value}"),
        format!("{name}={value}&{name}=x"),
        format!("{name}=&{name}={value}"),
        format!("{name}={value}&a=1&{name}"),
        format!("{name}={value}&%{:02x}{}={value}", name.as_bytes()[0], &name[1..]),
    ]
}

pub fn undecodable(name: &str, value: &str) -> Vec<String> {
    let bytes = [
        // No UTF-8: a byte that never occurs, an overlong slash, a lone surrogate, a cut sequence, five bytes, past the
        // last code point, and a mark of UTF-16.
        "%FF",
        "%C0%AF",
        "%ED%A0%80",
        "%C3",
        "%F8%88%80%80%80",
        "%F4%90%80%80",
        "%FE%FF",
        // No escapes.
        "%",
        "%4",
        "%zz",
        "%u0041",
        // A terminator for somebody else's strings.
        "%00",
    ];
    let mut all: Vec<String> = bytes
        .iter()
        .map(|bytes| format!("{name}={value}{bytes}"))
        .collect();
    all.extend([
        format!("{name}%FF={value}"),
        format!("{name}%00={value}"),
        format!("{name}={value}&%C0%AE=1"),
        format!("{name}=%00"),
    ]);
    all
}

/// `parts` as one query or form.
pub fn join(parts: &[&str]) -> String {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    parts.join("&")
}
