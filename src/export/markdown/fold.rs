//! Details in Markdown: markup around blocks that are Markdown again, as GitHub has it.
//!
//! Behind an empty line Markdown goes on, so what begins and what ends details are two
//! pieces of markup, with anything between them.

/// What a piece of markup does.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fold<'a> {
    /// Begins details: the element of its summary, if it has one, and what follows.
    Opens(&'a str, &'a str),
    /// Ends them: what follows.
    Closes(&'a str),
}

/// What a piece does, if it does nothing else: details that are whole are markup like any
/// other.
pub(super) fn fold(html: &str) -> Option<Fold<'_>> {
    let html = html.trim();
    if let Some(rest) = behind_tag(html, "</details") {
        return (count(rest, "<details") == 0 && count(rest, "</details") == 0)
            .then_some(Fold::Closes(rest));
    }
    let rest = behind_tag(html, "<details")?.trim_start();
    if count(rest, "<details") > 0 || count(rest, "</details") > 0 {
        return None;
    }
    if behind_tag(rest, "<summary").is_none() {
        return Some(Fold::Opens("", rest));
    }
    let end = find(rest, "</summary")?;
    let behind = behind_tag(&rest[end..], "</summary")?;
    let summary = &rest[..rest.len() - behind.len()];
    Some(Fold::Opens(summary, behind))
}

/// What follows a tag that `html` begins with.
fn behind_tag<'a>(html: &'a str, tag: &str) -> Option<&'a str> {
    let head = html.get(..tag.len())?;
    let rest = &html[tag.len()..];
    (head.eq_ignore_ascii_case(tag) && rest.starts_with(|c: char| c == '>' || c.is_whitespace()))
        .then_some(())?;
    Some(&rest[rest.find('>')? + 1..])
}

fn find(html: &str, tag: &str) -> Option<usize> {
    // The same length in small letters, as only those of ASCII become small.
    html.to_ascii_lowercase().find(tag)
}

fn count(html: &str, tag: &str) -> usize {
    html.to_ascii_lowercase().matches(tag).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_that_only_begins_or_ends_details_is_told_from_all_other() {
        assert_eq!(
            fold("<details>\n<summary>A <b>b</b></summary>\n"),
            Some(Fold::Opens("<summary>A <b>b</b></summary>", ""))
        );
        assert_eq!(
            fold("<DETAILS open>\n<Summary\nid=x>A</SUMMARY>rest"),
            Some(Fold::Opens("<Summary\nid=x>A</SUMMARY>", "rest"))
        );
        assert_eq!(fold("<details>"), Some(Fold::Opens("", "")));
        assert_eq!(fold("</details>\n"), Some(Fold::Closes("")));
        assert_eq!(fold("</details><p>x"), Some(Fold::Closes("<p>x")));
        for other in [
            "<details><summary>A</summary>b</details>",
            "<details><details>",
            "<detailsx>",
            "<details",
            "<details><summary>never ended",
            "</details></details>",
            "<p>",
            "",
            "é<details>",
        ] {
            assert_eq!(fold(other), None, "{other}");
        }
    }
}
