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
