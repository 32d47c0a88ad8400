//! A line in which there is HTML, as HTML.

use comrak::arena_tree::NodeEdge;
use comrak::nodes::{Node, NodeValue};

use super::line::{is_image, words};
use crate::export::html::read::image;
use crate::export::html::write::{Writer, escape};

/// The line of a block as HTML, where there is HTML in it: which elements begin and
/// end is then for a parser of HTML to say.
pub(super) fn markup(block: Node<'_>) -> String {
    let has_blocks = matches!(block.data().value, NodeValue::Paragraph);
    let mut html = String::new();
    let mut walk = block.traverse().skip(1);
    while let Some(edge) = walk.next() {
        match edge {
            NodeEdge::Start(node) if is_image(node) => {
                if let NodeValue::Image(to) = &node.data().value {
                    let words = words(node);
                    let title = (!to.title.is_empty()).then_some(&*to.title);
                    let mut writer = Writer::default();
                    writer.picture(&image(&to.url, Some(&*words), title, None));
                    html.push_str(&writer.html);
                }
                for edge in walk.by_ref() {
                    if matches!(edge, NodeEdge::End(end) if end.same_node(node)) {
                        break;
                    }
                }
            }
            NodeEdge::Start(node) => match &node.data().value {
                NodeValue::Text(text) => escape(&mut html, text.as_ref()),
                NodeValue::SoftBreak => html.push(' '),
                NodeValue::LineBreak => html.push_str("<br>"),
                NodeValue::HtmlInline(markup) => html.push_str(markup),
                NodeValue::Code(code) => {
                    html.push_str("<code>");
                    escape(&mut html, &code.literal);
                    html.push_str("</code>");
                }
                NodeValue::Math(math) => {
                    let name = match math.display_math && has_blocks {
                        true => "div",
                        false => "span",
                    };
                    html.push_str(&format!("<{name} data-latex=\""));
                    escape(&mut html, &math.literal);
                    html.push_str(&format!("\"></{name}>"));
                }
                NodeValue::Link(to) => {
                    html.push_str("<a href=\"");
                    escape(&mut html, &to.url);
                    if !to.title.is_empty() {
                        html.push_str("\" title=\"");
                        escape(&mut html, &to.title);
                    }
                    html.push_str("\">");
                }
                NodeValue::Strong => html.push_str("<strong>"),
                NodeValue::Emph => html.push_str("<em>"),
                NodeValue::Strikethrough => html.push_str("<s>"),
                _ => {}
            },
            NodeEdge::End(node) => html.push_str(match &node.data().value {
                NodeValue::Link(_) => "</a>",
                NodeValue::Strong => "</strong>",
                NodeValue::Emph => "</em>",
                NodeValue::Strikethrough => "</s>",
                _ => "",
            }),
        }
    }
    html
}
