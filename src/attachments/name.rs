//! What a file is called: a name that harms nobody, whatever it was sent as.

/// The longest name, in bytes.
const LONGEST: usize = 255;

/// A name of what was sent as one; `None` when nothing is left of it. No folders, nothing
/// that is not seen or that turns around what is read (`gpj.exe` shown as `exe.jpg`).
pub fn cleaned(sent: &str) -> Option<String> {
    let last = sent.rsplit(['/', '\\']).next().unwrap_or_default();
    let allowed = |c: &char| {
        !c.is_control()
            && !matches!(*c,
                '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{61c}')
    };
    let name: String = last.chars().filter(allowed).collect();
    let name = name.trim_matches(|c: char| c.is_whitespace());
    let name = name.trim_end_matches('.');
    let mut end = name.len().min(LONGEST);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    let name = name[..end].trim();
    (!name.is_empty() && name.chars().any(|c| c != '.')).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::cleaned;

    #[test]
    fn names_are_of_one_file_and_read_as_they_are() {
        for (sent, name) in [
            ("plan.png", Some("plan.png")),
            ("../../etc/passwd", Some("passwd")),
            ("C:\\photos\\me.jpg", Some("me.jpg")),
            ("a\u{202e}gpj.exe", Some("agpj.exe")),
            ("li\r\nne\0.txt", Some("line.txt")),
            ("  dots... ", Some("dots")),
            ("Übersicht 2026.pdf", Some("Übersicht 2026.pdf")),
            (".", None),
            ("..", None),
            ("folder/", None),
            ("\u{200b}", None),
        ] {
            assert_eq!(cleaned(sent).as_deref(), name, "{sent:?}");
        }
        let long = cleaned(&"ä".repeat(300)).unwrap();
        assert_eq!(long, "ä".repeat(127));
    }
}
