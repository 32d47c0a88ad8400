//! Markup as nodes, by html5ever, in one list and within bounds.
//!
//! A parser of HTML opens elements again that were not closed, so that a few
//! megabytes can ask for a tree of billions, or nest without end. So it is fed
//! piece by piece, and stopped when the tree outgrows what anybody writes. Thousands of
//! attributes on one element cost their square, which no tree shows; so it is stopped,
//! too, when it takes far longer than its size explains.
//!
//! It is read as ammonia reads it, as a piece of a page in a `div`: two parsers that see
//! two trees would keep different bounds.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use html5ever::tendril::{StrTendril, TendrilSink};
use html5ever::tree_builder::{ElementFlags, NodeOrText, QuirksMode, TreeSink};
use html5ever::{Attribute, ParseOpts, QualName, local_name, ns, parse_fragment};

use crate::export::import::{ImportError, NODES};

/// The deepest that elements may nest.
const DEPTH: u32 = 256;

/// Bytes that are parsed between two looks at the tree.
const PIECE: usize = 256;

/// Nodes of a page. The first is the page itself.
#[derive(Debug)]
pub(super) struct Page(Vec<Node>);

#[derive(Debug)]
struct Node {
    parent: Option<usize>,
    children: Vec<usize>,
    depth: u32,
    data: Data,
}

/// What a node is.
#[derive(Debug)]
pub(super) enum Data {
    /// The page, or something that means nothing: a comment, say.
    Nothing,
    Text(StrTendril),
    Element {
        name: QualName,
        attributes: Vec<Attribute>,
    },
}

impl Page {
    pub fn data(&self, node: usize) -> &Data {
        &self.0[node].data
    }

    pub fn children(&self, node: usize) -> &[usize] {
        &self.0[node].children
    }

    /// The names of all elements.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        (0..self.0.len()).filter_map(|node| self.name(node))
    }

    /// The name of an element, in small letters.
    pub fn name(&self, node: usize) -> Option<&str> {
        match &self.0[node].data {
            Data::Element { name, .. } => Some(&name.local),
            _ => None,
        }
    }

    pub fn attribute(&self, node: usize, name: &str) -> Option<&str> {
        let Data::Element { attributes, .. } = &self.0[node].data else {
            return None;
        };
        let found = attributes.iter().find(|said| &*said.name.local == name);
        found.map(|said| &*said.value)
    }
}

/// Parses a page or a piece of one.
///
/// `patience` is what is left of that for all pieces of the import.
///
/// # Errors
/// When its elements nest too deeply, or are too many, or it takes too long.
pub(super) fn parse(html: &str, patience: Duration) -> Result<Page, ImportError> {
    let context = QualName::new(None, ns!(html), local_name!("div"));
    let mut parser = parse_fragment(
        Sink::default(),
        ParseOpts::default(),
        context,
        Vec::new(),
        false,
    );
    let began = Instant::now();
    let mut rest = html;
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(rest.floor_char_boundary(PIECE).max(1));
        rest = behind;
        parser.process(StrTendril::from(piece));
        let sink = &parser.tokenizer.sink.sink;
        if sink.deepest.get() > DEPTH {
            return Err(ImportError::Malformed {
                format: "HTML",
                reason: format!(
                    "elements nest more than {DEPTH} levels deep before line {}",
                    sink.line.get()
                ),
            });
        }
        if began.elapsed() > patience {
            return Err(ImportError::TooLarge(format!(
                "it takes far longer to read than its size explains; it was stopped before line {}",
                sink.line.get()
            )));
        }
        if sink.nodes.borrow().len() > NODES {
            return Err(ImportError::TooLarge(format!(
                "a page may have at most {NODES} elements and texts"
            )));
        }
    }
    Ok(parser.finish())
}

struct Sink {
    nodes: RefCell<Vec<Node>>,
    deepest: Cell<u32>,
    line: Cell<u64>,
}

impl Default for Sink {
    fn default() -> Self {
        let page = Node {
            parent: None,
            children: Vec::new(),
            depth: 0,
            data: Data::Nothing,
        };
        Self {
            nodes: RefCell::new(vec![page]),
            deepest: Cell::new(0),
            line: Cell::new(1),
        }
    }
}

impl Sink {
    fn create(&self, data: Data) -> usize {
        let mut nodes = self.nodes.borrow_mut();
        nodes.push(Node {
            parent: None,
            children: Vec::new(),
            depth: 0,
            data,
        });
        nodes.len() - 1
    }

    fn detach(&self, node: usize) {
        let mut nodes = self.nodes.borrow_mut();
        if let Some(parent) = nodes[node].parent.take() {
            // Mostly it is one of the last.
            let siblings = &mut nodes[parent].children;
            if let Some(place) = siblings.iter().rposition(|sibling| *sibling == node) {
                siblings.remove(place);
            }
        }
    }

    fn insert(&self, parent: usize, place: usize, child: NodeOrText<usize>) {
        let child = match child {
            NodeOrText::AppendNode(node) => {
                self.detach(node);
                node
            }
            NodeOrText::AppendText(text) => {
                let mut nodes = self.nodes.borrow_mut();
                let before = place.checked_sub(1).map(|at| nodes[parent].children[at]);
                if let Some(before) = before
                    && let Data::Text(written) = &mut nodes[before].data
                {
                    return written.push_tendril(&text);
                }
                drop(nodes);
                self.create(Data::Text(text))
            }
        };
        let mut nodes = self.nodes.borrow_mut();
        let depth = nodes[parent].depth + 1;
        nodes[child].parent = Some(parent);
        nodes[child].depth = depth;
        let place = place.min(nodes[parent].children.len());
        nodes[parent].children.insert(place, child);
        self.deepest.set(self.deepest.get().max(depth));
    }

    fn len(&self, parent: usize) -> usize {
        self.nodes.borrow()[parent].children.len()
    }
}

impl TreeSink for Sink {
    type Handle = usize;
    type Output = Page;
    type ElemName<'a> = Name;

    fn finish(self) -> Page {
        Page(self.nodes.into_inner())
    }

    fn parse_error(&self, _: Cow<'static, str>) {}

    fn get_document(&self) -> usize {
        0
    }

    fn elem_name(&self, target: &usize) -> Name {
        let nodes = self.nodes.borrow();
        match &nodes[*target].data {
            Data::Element { name, .. } => Name(name.clone()),
            _ => Name(QualName::new(None, html5ever::ns!(html), "".into())),
        }
    }

    fn create_element(&self, name: QualName, attributes: Vec<Attribute>, _: ElementFlags) -> usize {
        self.create(Data::Element { name, attributes })
    }

    fn create_comment(&self, _: StrTendril) -> usize {
        self.create(Data::Nothing)
    }

    fn create_pi(&self, _: StrTendril, _: StrTendril) -> usize {
        self.create(Data::Nothing)
    }

    fn append(&self, parent: &usize, child: NodeOrText<usize>) {
        self.insert(*parent, self.len(*parent), child);
    }

    fn append_based_on_parent_node(
        &self,
        element: &usize,
        previous: &usize,
        child: NodeOrText<usize>,
    ) {
        let has_parent = self.nodes.borrow()[*element].parent.is_some();
        match has_parent {
            true => self.append_before_sibling(element, child),
            false => self.append(previous, child),
        }
    }

    fn append_doctype_to_document(&self, _: StrTendril, _: StrTendril, _: StrTendril) {}

    fn get_template_contents(&self, target: &usize) -> usize {
        *target
    }

    fn same_node(&self, one: &usize, other: &usize) -> bool {
        one == other
    }

    fn set_quirks_mode(&self, _: QuirksMode) {}

    fn append_before_sibling(&self, sibling: &usize, child: NodeOrText<usize>) {
        if let NodeOrText::AppendNode(node) = &child {
            self.detach(*node);
        }
        let place = {
            let nodes = self.nodes.borrow();
            nodes[*sibling].parent.and_then(|parent| {
                let siblings = &nodes[parent].children;
                let place = siblings.iter().rposition(|other| other == sibling)?;
                Some((parent, place))
            })
        };
        if let Some((parent, place)) = place {
            self.insert(parent, place, child);
        }
    }

    fn add_attrs_if_missing(&self, target: &usize, missing: Vec<Attribute>) {
        if let Data::Element { attributes, .. } = &mut self.nodes.borrow_mut()[*target].data {
            for said in missing {
                if !attributes.iter().any(|known| known.name == said.name) {
                    attributes.push(said);
                }
            }
        }
    }

    fn remove_from_parent(&self, target: &usize) {
        self.detach(*target);
    }

    fn reparent_children(&self, node: &usize, parent: &usize) {
        let moved = std::mem::take(&mut self.nodes.borrow_mut()[*node].children);
        for child in moved {
            self.nodes.borrow_mut()[child].parent = None;
            self.append(parent, NodeOrText::AppendNode(child));
        }
    }

    fn set_current_line(&self, line: u64) {
        self.line.set(line);
    }
}

/// The name of an element, for the parser.
#[derive(Debug)]
pub(super) struct Name(QualName);

impl html5ever::tree_builder::ElemName for Name {
    fn ns(&self) -> &html5ever::Namespace {
        &self.0.ns
    }

    fn local_name(&self) -> &html5ever::LocalName {
        &self.0.local
    }
}
