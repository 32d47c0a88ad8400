//! Markdown, as GitHub has it: CommonMark with tables, tasks, strikethrough, alerts
//! and maths in dollars. comrak reads and writes it; this turns its nodes into a
//! document's and back.

use comrak::Options;
use comrak::options::ListStyleType;

mod arrangement;
mod emphasis;
mod fold;
mod formula;
mod line;
mod proportion;
pub mod read;
pub mod write;

/// Quotes begun by one line, beyond which nobody means a callout by the last of them.
const QUOTES: usize = 64;

/// The dialect in which a text is read. Whether a quote is a callout is asked anew for
/// each one that a line begins, and takes all signs that follow: with a million of them
/// in a row, days. Such a text has quotes, and no callouts.
fn dialect_for(text: &str) -> Options<'static> {
    let mut options = dialect();
    options.extension.alerts = !text.contains(&">".repeat(QUOTES));
    options
}

/// One dialect for both ways, so that what is written is read back.
fn dialect() -> Options<'static> {
    let mut options = Options::default();
    options.extension.strikethrough = true;
    options.extension.table = true;
    options.extension.autolink = true;
    options.extension.tasklist = true;
    options.extension.math_dollars = true;
    options.extension.alerts = true;
    options.render.prefer_fenced = true;
    options.render.list_style = ListStyleType::Dash;
    options
}
