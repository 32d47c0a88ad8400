//! Which addresses a link or an image may have in what leaves: http, https, mailto,
//! tel, and relative ones. Whoever wrote a document chose its addresses.

/// The schemes that a link may have.
const SCHEMES: [&str; 4] = ["http", "https", "mailto", "tel"];

/// Whether a link may lead there.
pub fn is_safe_link(address: &str) -> bool {
    scheme(address).is_none_or(|scheme| SCHEMES.contains(&&*scheme))
}

/// Whether an image may be loaded from there.
pub fn is_safe_image(address: &str) -> bool {
    scheme(address).is_none_or(|scheme| scheme == "http" || scheme == "https")
}

/// The scheme, in small letters. Browsers leave out control characters and spaces
/// there, so what stands before the colon is read without them; and where it could
/// be a scheme for anybody, it is one.
fn scheme(address: &str) -> Option<String> {
    let end = address.find([':', '/', '?', '#'])?;
    address[end..].starts_with(':').then(|| {
        address[..end]
            .chars()
            .filter(|c| !c.is_whitespace() && !c.is_control() && !is_invisible(*c))
            .flat_map(char::to_lowercase)
            .collect()
    })
}

/// Unicode's format characters that are met in the wild.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_no_browser_runs_is_safe() {
        for safe in [
            "https://e.org/a:b",
            "HTTP://e.org",
            "mailto:a@e.org",
            "tel:+49",
            "/a",
            "a/b:c",
            "?q=a:b",
            "#x:y",
            "//e.org",
            "",
        ] {
            assert!(is_safe_link(safe), "{safe}");
        }
        for unsafe_one in [
            "javascript:alert(1)",
            " JaVaScRiPt:alert(1)",
            "java\nscript:alert(1)",
            "\u{1}javascript:alert(1)",
            "java\u{200b}script:x",
            "data:text/html,x",
            "vbscript:x",
            "javascript\t:x",
            "blob:x",
            "file:///etc/passwd",
        ] {
            assert!(!is_safe_link(unsafe_one), "{unsafe_one}");
            assert!(!is_safe_image(unsafe_one), "{unsafe_one}");
        }
        assert!(!is_safe_image("mailto:a@e.org"));
    }
}
