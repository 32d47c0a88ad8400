//! What the bundled editor can hold: its nodes and marks (`web/src/editor/schema.ts`).
//!
//! The editor deletes what it cannot build, so what comes in is held to this table,
//! and what it fills in by itself is filled in here too. Other editors' documents may
//! hold anything else; of such nothing is known.
//! `web/test/e2e/formats.test.mjs` compares the table with the real schema.

use yrs::Any;

use super::tree::{Attributes, Element, Mark, Part, Step, Tree};

/// Levels of nodes that a document on its way in may have. The guard takes more;
/// this is less than any reader of what comes of it minds.
pub const DEPTH: usize = 60;

/// Marks that one run of text may have on its way in.
pub const MARKS: usize = 32;

/// Columns or rows that a cell may span.
pub const SPAN: i64 = 1000;

/// The deepest heading.
pub const HEADING_LEVELS: i64 = 4;

/// The widest that a picture may be told to be.
pub const WIDEST: i64 = 10_000;

/// Kinds of callouts; of an unknown one the first is shown.
pub const CALLOUTS: [&str; 4] = ["info", "tip", "warning", "danger"];

/// Colours of the highlighter.
pub const HIGHLIGHTS: [&str; 5] = ["yellow", "green", "blue", "pink", "purple"];

/// What may lie in a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Blocks, at least one.
    Blocks,
    /// A paragraph and then blocks.
    Item,
    /// Text and what stands in a line.
    Line,
    /// Text without marks.
    Code,
    /// Nodes of these names, at least so many.
    Only(&'static [&'static str], usize),
    /// A node of each of these names, in this order.
    Each(&'static [&'static str]),
    /// Nothing.
    Nothing,
}

/// Where a node may stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// Among blocks.
    Block,
    /// In a line.
    Inline,
    /// Where it is named.
    Named,
}

/// What an attribute may be, and is if nothing is said.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Value {
    /// A whole number within, or that.
    Number(i64, i64, i64),
    /// A boolean, at first false.
    Flag,
    /// A whole number within or null, at first null.
    Size(i64, i64),
    /// A text or null, at first null.
    Text,
    /// One of these texts, at first the first.
    OneOf(&'static [&'static str]),
    /// A text, at first that.
    TextOr(&'static str),
    /// A list of numbers or null, at first null.
    Widths,
}

/// A node of the editor's schema.
#[derive(Debug)]
pub struct NodeType {
    name: &'static str,
    /// What may lie in it.
    pub holds: Holds,
    /// Where it may stand.
    pub stands: Stands,
    attributes: &'static [(&'static str, Value)],
}

const CELL: &[(&str, Value)] = &[
    ("colspan", Value::Number(1, SPAN, 1)),
    ("rowspan", Value::Number(1, SPAN, 1)),
    ("colwidth", Value::Widths),
    ("align", Value::Text),
];

const fn node(
    name: &'static str,
    holds: Holds,
    stands: Stands,
    attributes: &'static [(&'static str, Value)],
) -> NodeType {
    NodeType {
        name,
        holds,
        stands,
        attributes,
    }
}

const NODES: &[NodeType] = &[
    node("doc", Holds::Blocks, Stands::Named, &[]),
    node("paragraph", Holds::Line, Stands::Block, &[]),
    node(
        "heading",
        Holds::Line,
        Stands::Block,
        &[("level", Value::Number(1, HEADING_LEVELS, 1))],
    ),
    node("blockquote", Holds::Blocks, Stands::Block, &[]),
    node(
        "bulletList",
        Holds::Only(&["listItem"], 1),
        Stands::Block,
        &[],
    ),
    node(
        "orderedList",
        Holds::Only(&["listItem"], 1),
        Stands::Block,
        &[
            ("start", Value::Number(0, 999_999_999, 1)),
            ("type", Value::Text),
        ],
    ),
    node("listItem", Holds::Item, Stands::Named, &[]),
    node(
        "taskList",
        Holds::Only(&["taskItem"], 1),
        Stands::Block,
        &[],
    ),
    node(
        "taskItem",
        Holds::Item,
        Stands::Named,
        &[("checked", Value::Flag)],
    ),
    node(
        "codeBlock",
        Holds::Code,
        Stands::Block,
        &[("language", Value::Text)],
    ),
    node("horizontalRule", Holds::Nothing, Stands::Block, &[]),
    node("table", Holds::Only(&["tableRow"], 1), Stands::Block, &[]),
    node(
        "tableRow",
        Holds::Only(&["tableCell", "tableHeader"], 0),
        Stands::Named,
        &[],
    ),
    node("tableCell", Holds::Blocks, Stands::Named, CELL),
    node("tableHeader", Holds::Blocks, Stands::Named, CELL),
    node(
        "image",
        Holds::Nothing,
        Stands::Block,
        &[
            ("src", Value::Text),
            ("alt", Value::Text),
            ("title", Value::Text),
            ("width", Value::Size(1, WIDEST)),
            ("href", Value::Text),
        ],
    ),
    node(
        "callout",
        Holds::Blocks,
        Stands::Block,
        &[("kind", Value::OneOf(&CALLOUTS))],
    ),
    node(
        "details",
        Holds::Each(&["detailsSummary", "detailsContent"]),
        Stands::Block,
        &[],
    ),
    node("detailsSummary", Holds::Line, Stands::Named, &[]),
    node("detailsContent", Holds::Blocks, Stands::Named, &[]),
    node(
        "blockMath",
        Holds::Nothing,
        Stands::Block,
        &[("latex", Value::TextOr(""))],
    ),
    node(
        "inlineMath",
        Holds::Nothing,
        Stands::Inline,
        &[("latex", Value::TextOr(""))],
    ),
    node("hardBreak", Holds::Nothing, Stands::Inline, &[]),
];

/// The marks, in the order in which the editor lists those of a text.
const MARK_TYPES: &[(&str, &[(&str, Value)])] = &[
    (
        "link",
        &[
            ("href", Value::Text),
            ("target", Value::TextOr("_blank")),
            ("rel", Value::TextOr("noopener noreferrer nofollow")),
            ("class", Value::Text),
            ("title", Value::Text),
        ],
    ),
    ("bold", &[]),
    ("code", &[]),
    ("italic", &[]),
    ("strike", &[]),
    ("underline", &[]),
    ("highlight", &[("color", Value::TextOr("yellow"))]),
    (COMMENT, &[("id", Value::Text)]),
    (
        INSERTION,
        &[
            ("id", Value::Text),
            ("by", Value::Text),
            ("at", Value::Text),
            ("color", Value::Text),
            ("break", Value::Text),
        ],
    ),
    (
        DELETION,
        &[
            ("id", Value::Text),
            ("by", Value::Text),
            ("at", Value::Text),
            ("color", Value::Text),
        ],
    ),
];

/// The mark that bears no other form beside it.
pub const CODE: &str = "code";

/// The mark on words that a thread is about.
pub const COMMENT: &str = "comment";

/// The mark on words that are only proposed. Without them, the signs for blocks that
/// would begin or end included, the text is as it stands.
pub const INSERTION: &str = "insertion";

/// The mark on words that are proposed to go.
pub const DELETION: &str = "deletion";

/// What the marks of a suggestion say, as attributes of HTML.
pub const SUGGESTED: [(&str, &str); 5] = [
    ("id", "data-id"),
    ("by", "data-by"),
    ("at", "data-at"),
    ("color", "data-color"),
    ("break", "data-break"),
];

/// Whether a mark says that something is proposed, and nothing of how it looks.
pub fn is_suggestion(mark: &str) -> bool {
    matches!(mark, INSERTION | DELETION)
}

/// Marks that are known to overlap themselves.
const OVERLAPPING: &[&str] = &[COMMENT];

/// What stands in a line in other editors' documents.
const INLINE: &[&str] = &["mention", "emoji", "embed", "footnoteReference"];

/// The node of this name, if the bundled editor has one.
pub fn node_type(name: &str) -> Option<&'static NodeType> {
    NODES.iter().find(|node| node.name == name)
}

/// Whether a node of this name stands in a line. Of one that nobody knows it is not
/// known, and it counts as a block.
pub fn is_inline(name: &str) -> bool {
    node_type(name).map_or(INLINE.contains(&name), |node| node.stands == Stands::Inline)
}

/// Whether several marks of this name may lie on one text.
pub fn overlaps(name: &str) -> bool {
    OVERLAPPING.contains(&name)
}

/// Where the editor lists a mark among those of a text.
pub fn rank(mark: &str) -> usize {
    MARK_TYPES
        .iter()
        .position(|(name, _)| *name == mark)
        .unwrap_or(MARK_TYPES.len())
}

/// What the editor says of a node of which nothing is said.
pub fn unsaid(element: &Element) -> impl Iterator<Item = (&'static str, Any)> + '_ {
    let known = node_type(&element.name).map_or(&[][..], |node| node.attributes);
    missing(known, &element.attributes)
}

/// What the editor says of a mark of which nothing is said.
pub fn unsaid_of_mark(mark: &Mark) -> impl Iterator<Item = (&'static str, Any)> + '_ {
    missing(
        mark_attributes(&mark.name).unwrap_or_default(),
        &mark.attributes,
    )
}

fn mark_attributes(name: &str) -> Option<&'static [(&'static str, Value)]> {
    let known = MARK_TYPES.iter().find(|(known, _)| *known == name);
    known.map(|(_, attributes)| *attributes)
}

fn missing<'a>(
    known: &'static [(&'static str, Value)],
    said: &'a Attributes,
) -> impl Iterator<Item = (&'static str, Any)> + 'a {
    known
        .iter()
        .filter(|(name, _)| !said.contains_key(*name))
        .map(|(name, value)| (*name, value.unsaid()))
}

impl Value {
    fn unsaid(self) -> Any {
        match self {
            Self::Number(_, _, unsaid) => Any::from(unsaid),
            Self::Flag => Any::Bool(false),
            Self::TextOr(unsaid) => Any::from(unsaid),
            Self::OneOf(known) => Any::from(known[0]),
            Self::Text | Self::Size(..) | Self::Widths => Any::Null,
        }
    }

    /// What is wrong with `said`, if something is.
    fn wrong(self, name: &str, said: &Any) -> Option<String> {
        let is_right = match (self, said) {
            (Self::Number(least, most, _), Any::Number(number)) => number
                .as_i64()
                .is_some_and(|number| (least..=most).contains(&number)),
            (Self::Size(least, most), Any::Number(number)) => number
                .as_i64()
                .is_some_and(|number| (least..=most).contains(&number)),
            (Self::OneOf(known), Any::String(text)) => known.contains(&&**text),
            (Self::Flag, Any::Bool(_)) => true,
            (Self::Text | Self::TextOr(_), Any::String(_) | Any::Null) => true,
            (Self::Widths | Self::Size(..), Any::Null) => true,
            (Self::Widths, Any::Array(widths)) => widths
                .iter()
                .all(|width| matches!(width, Any::Number(_) | Any::Null)),
            _ => false,
        };
        (!is_right).then(|| match self {
            Self::Number(least, most, _) => {
                format!("{name} must be a whole number from {least} to {most}")
            }
            Self::Size(least, most) => {
                format!("{name} must be a whole number from {least} to {most}, or null")
            }
            Self::OneOf(known) => format!("{name} must be one of {}", known.join(", ")),
            Self::Flag => format!("{name} must be true or false"),
            Self::Text | Self::TextOr(_) => format!("{name} must be a text or null"),
            Self::Widths => format!("{name} must be a list of numbers or null"),
        })
    }
}

/// A document that the editor could not build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// The place of the node.
    pub place: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// Checks a document in which there are only nodes that the bundled editor knows: it
/// would delete what does not fit. Of a document of another editor nothing is known,
/// and nothing refused.
///
/// # Errors
/// The first node that does not fit.
pub fn check(tree: &Tree) -> Result<(), Unfit> {
    let is_ours = |part: &Part| match part {
        Part::Element(element) => node_type(&element.name).is_some(),
        Part::Run(run) => run
            .marks
            .iter()
            .all(|mark| mark_attributes(&mark.name).is_some()),
    };
    if !tree.nodes().iter().all(|node| is_ours(&node.part)) {
        return Ok(());
    }
    for step in tree.steps() {
        if let Step::Enter(place, _) = step {
            check_node(tree, place)?;
        }
    }
    if tree.is_empty() {
        return Ok(());
    }
    check_node(tree, 0)
}

fn check_node(tree: &Tree, place: usize) -> Result<(), Unfit> {
    let unfit = |place, reason| Err(Unfit { place, reason });
    let Some(element) = tree.nodes()[place].element() else {
        return Ok(());
    };
    let Some(known) = node_type(&element.name) else {
        return Ok(());
    };
    if let Some(reason) = wrong(known.attributes, &element.attributes) {
        return unfit(place, format!("{}: {reason}", element.name));
    }
    let mut count = 0;
    for child in tree.children(place) {
        let node = &tree.nodes()[child];
        if !fits(known, count, node.name()) {
            let what = node.name().unwrap_or("text");
            let name = &element.name;
            let there = match (known.holds, what) {
                (Holds::Item, _) if count == 0 => " as the first",
                _ => "",
            };
            return unfit(child, format!("{what} cannot stand in {name}{there}"));
        }
        if let Part::Run(run) = &node.part {
            for mark in &run.marks {
                if known.holds == Holds::Code {
                    return unfit(child, format!("text in {} has no marks", element.name));
                }
                let attributes = mark_attributes(&mark.name).unwrap_or_default();
                if let Some(reason) = wrong(attributes, &mark.attributes) {
                    return unfit(child, format!("mark {}: {reason}", mark.name));
                }
            }
        }
        count += 1;
    }
    let least = match known.holds {
        Holds::Blocks | Holds::Item => 1,
        Holds::Only(_, least) => least,
        Holds::Each(names) => names.len(),
        _ => 0,
    };
    if count < least {
        let reason = match known.holds {
            Holds::Each(names) => format!("{} must hold {}", element.name, names.join(" and ")),
            _ => format!("{} must not be empty", element.name),
        };
        return unfit(place, reason);
    }
    Ok(())
}

/// Whether a node, or text, may stand behind `before` others in a node.
fn fits(parent: &NodeType, before: usize, name: Option<&str>) -> bool {
    let stands = name.and_then(node_type).map(|node| node.stands);
    match parent.holds {
        Holds::Blocks => stands == Some(Stands::Block),
        Holds::Item if before == 0 => name == Some("paragraph"),
        Holds::Item => stands == Some(Stands::Block),
        Holds::Line => name.is_none() || stands == Some(Stands::Inline),
        Holds::Code => name.is_none(),
        Holds::Only(names, _) => name.is_some_and(|name| names.contains(&name)),
        Holds::Each(names) => name.is_some() && names.get(before).copied() == name,
        Holds::Nothing => false,
    }
}

fn wrong(known: &[(&str, Value)], said: &Attributes) -> Option<String> {
    known
        .iter()
        .filter_map(|(name, value)| value.wrong(name, said.get(*name)?))
        .next()
}
