//! The formats, by name.

use super::import::{ImportError, Imported};
use super::roots::Content;
use super::simplified::Simplified;
use super::tree::Tree;
use super::{html, json, markdown, text};

/// In which form content is read or written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    /// ProseMirror JSON; plain JSON of a map or list.
    Json,
    /// GitHub's Markdown.
    Markdown,
    /// A fragment of HTML.
    Html,
    /// A whole page of HTML.
    Page,
    /// Plain text.
    Text,
    /// The pieces of a text with their formats, as JSON.
    Delta,
    /// The whole state as a Yjs update, v1.
    Yjs,
    /// The same, v2.
    YjsV2,
}

/// The formats that content is offered in, for people.
pub const OUT: &str = "json, markdown, html, text, delta, yjs, yjs-v2";

/// The formats that content is taken in, for people.
pub const IN: &str = "json, markdown, html, text";

/// Content in a format.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rendered {
    /// The text.
    pub body: String,
    /// What the format cannot express.
    pub simplified: Simplified,
}

impl Format {
    /// The format of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "json" => Self::Json,
            "markdown" => Self::Markdown,
            "html" => Self::Html,
            "text" => Self::Text,
            "delta" => Self::Delta,
            "yjs" => Self::Yjs,
            "yjs-v2" => Self::YjsV2,
            _ => return None,
        })
    }

    /// Its name, unlike that of every other.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Markdown => "markdown",
            Self::Html => "html",
            Self::Page => "page",
            Self::Text => "text",
            Self::Delta => "delta",
            Self::Yjs => "yjs",
            Self::YjsV2 => "yjs-v2",
        }
    }

    /// How files of it end.
    pub fn extension(self) -> &'static str {
        match self {
            Self::Json | Self::Delta => "json",
            Self::Markdown => "md",
            Self::Html | Self::Page => "html",
            Self::Text => "txt",
            Self::Yjs | Self::YjsV2 => "yjs",
        }
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Json | Self::Delta => "application/json",
            Self::Markdown => "text/markdown; charset=utf-8",
            Self::Html | Self::Page => "text/html; charset=utf-8",
            Self::Text => "text/plain; charset=utf-8",
            Self::Yjs | Self::YjsV2 => "application/octet-stream",
        }
    }

    /// Whether content is taken in it.
    pub fn is_taken(self) -> bool {
        matches!(self, Self::Json | Self::Markdown | Self::Html | Self::Text)
    }

    /// Whether it is the whole state, whatever root is asked for.
    pub fn is_state(self) -> bool {
        matches!(self, Self::Yjs | Self::YjsV2)
    }
}

/// Writes what is in a root in a format that is no [state](Format::is_state). `title`
/// is that of the document.
pub fn write(content: &Content, format: Format, title: &str) -> Rendered {
    match content {
        Content::Document(tree) => write_tree(tree, format, title),
        Content::Text(delta) => match format {
            Format::Json => json::write::write(&delta.runs()).into(),
            Format::Delta => delta.json().into(),
            Format::Text => delta.text().into(),
            // The text of a plain editor is Markdown already, if it is any.
            Format::Markdown if delta.is_plain() => delta.text().into(),
            _ => write_tree(&delta.document(), format, title),
        },
        Content::Data(value) => match format {
            Format::Json | Format::Delta => value.to_string().into(),
            Format::Text => pretty(value).into(),
            _ => {
                let code = super::tree::Element::named("codeBlock").with("language", "json");
                let mut builder = super::tree::Builder::default();
                builder.open(code);
                builder.run(&pretty(value), Vec::new());
                let mut rendered = write_tree(&builder.finish(), format, title);
                rendered.simplified.note("shared data as its JSON");
                rendered
            }
        },
    }
}

fn write_tree(tree: &Tree, format: Format, title: &str) -> Rendered {
    match format {
        Format::Markdown => markdown::write::write(tree),
        Format::Html => html::write::fragment(tree),
        Format::Page => html::write::page(tree, title),
        Format::Text => text::write::write(tree).into(),
        Format::Delta => {
            let mut simplified = Simplified::default();
            simplified.note("a document of rich text as the delta of its text");
            let text = text::write::write(tree);
            let piece = super::delta::Piece::Text(text, Default::default());
            Rendered {
                body: super::delta::Delta(vec![piece]).json(),
                simplified,
            }
        }
        Format::Json | Format::Yjs | Format::YjsV2 => json::write::write(tree).into(),
    }
}

fn pretty(value: &serde_json::Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

impl From<String> for Rendered {
    fn from(body: String) -> Self {
        Self {
            body,
            simplified: Simplified::default(),
        }
    }
}

/// Reads content of a format.
///
/// # Errors
/// When it is not what the format says, or too large. `None` when nothing is taken in
/// that format.
pub fn read(bytes: &[u8], format: Format) -> Option<Result<Imported, ImportError>> {
    Some(match format {
        Format::Json => json::read::read(bytes),
        Format::Markdown => markdown::read::read(bytes),
        Format::Html => html::read::read(bytes),
        Format::Text => text::read::read(bytes),
        Format::Page | Format::Delta | Format::Yjs | Format::YjsV2 => return None,
    })
}

/// What is in a root of a document, in a format that is no
/// [state](Format::is_state).
pub fn document(doc: &yrs::Doc, root: &str, format: Format) -> Rendered {
    write(&super::roots::read(doc, Some(root)).content, format, "")
}
