//! The browser and the system in words that their owner recognises, from the User-Agent header.

/// `Firefox · Linux`, or as much of it as can be told; empty when nothing can.
pub fn describe(header: &str) -> String {
    let parts: Vec<&str> = [browser(header), system(header)].into_iter().flatten().collect();
    parts.join(" · ")
}

/// The two halves of [`describe`]'s text.
pub fn halves(description: &str) -> (Option<String>, Option<String>) {
    match description.split_once(" · ") {
        Some((browser, system)) => (Some(browser.to_owned()), Some(system.to_owned())),
        None if description.is_empty() => (None, None),
        None => (Some(description.to_owned()), None),
    }
}

fn browser(header: &str) -> Option<&'static str> {
    // The order matters: Edge and Opera say Chrome as well, and Chrome says Safari.
    const MARKS: [(&str, &str); 8] = [
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser/", "Samsung Internet"),
        ("Firefox/", "Firefox"),
        ("FxiOS/", "Firefox"),
        ("CriOS/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    MARKS
        .iter()
        .find(|(mark, _)| header.contains(mark))
        .map(|(_, name)| *name)
}

fn system(header: &str) -> Option<&'static str> {
    const MARKS: [(&str, &str); 7] = [
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("CrOS", "ChromeOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    MARKS
        .iter()
        .find(|(mark, _)| header.contains(mark))
        .map(|(_, name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_is_told_from_those_it_imitates() {
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0";
        let iphone =
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1";
        assert_eq!(describe(edge), "Edge · Windows");
        assert_eq!(describe(iphone), "Safari · iPhone");
        assert_eq!(describe("curl/8"), "");
    }
}
