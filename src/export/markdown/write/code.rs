//! Blocks of code: what stands in one is its text, whatever it is.

use comrak::nodes::{Node, NodeCodeBlock, NodeValue};

use super::Writer;
use crate::export::schema;
use crate::export::text::write::instead;
use crate::export::tree::Element;

/// A block of code that is open.
pub(super) struct Code {
    text: String,
    /// Whether a block began or ended behind the text.
    breaks: bool,
    /// How many elements are open around it.
    level: usize,
}

impl Code {
    pub(super) fn write(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        if std::mem::take(&mut self.breaks) && !self.text.is_empty() && !self.text.ends_with('\n') {
            self.text.push('\n');
        }
        self.text.push_str(text);
    }
}

impl<'a> Writer<'a, '_> {
    pub(super) fn begin_code(&mut self) {
        self.code = Some(Code {
            text: String::new(),
            breaks: false,
            level: self.open.len(),
        });
    }

    /// A block inside code is its text, from a new line.
    pub(super) fn enter_in_code(&mut self, element: &Element) {
        let is_inline = schema::is_inline(&element.name);
        if !is_inline {
            self.simplified.note("blocks in code as its text");
        }
        if let Some(code) = &mut self.code {
            code.breaks |= !is_inline;
            code.write(&instead(element));
        }
        self.open_nothing();
    }

    /// Ends what is in code, or the code itself.
    pub(super) fn leave_in_code(&mut self, element: &Element) {
        if let Some(code) = self.code.take_if(|code| code.level == self.open.len()) {
            return self.end_code(element, code.text);
        }
        if let Some(code) = &mut self.code {
            code.breaks |= !schema::is_inline(&element.name);
        }
    }

    fn end_code(&mut self, element: &Element, mut literal: String) {
        if !literal.is_empty() {
            literal.push('\n');
        }
        let language = element.text("language").unwrap_or_default();
        let info = language.replace(
            |c: char| c.is_whitespace() || c.is_control() || c == '`',
            "",
        );
        self.fenced(self.parent(), info, literal);
    }

    pub(super) fn fenced(&self, parent: Node<'a>, info: String, literal: String) {
        let block = NodeCodeBlock {
            fenced: true,
            fence_char: b'`',
            fence_length: 3,
            info,
            literal,
            closed: true,
            ..NodeCodeBlock::default()
        };
        self.node(parent, NodeValue::CodeBlock(Box::new(block)));
    }
}
