//! A document as a tree: what every format is made from, and what every format
//! that comes in is turned into.
//!
//! The nodes lie in document order in one list, each with the number of nodes that
//! it is made of, so a subtree is a slice. Nothing here recurses: how deep a
//! document nests is a stranger's choice, and to drop a list takes no stack.

use std::collections::BTreeMap;
use std::sync::Arc;

use yrs::Any;

/// What is said of a node or a mark, by name. What is not there is unsaid.
pub type Attributes = BTreeMap<Arc<str>, Any>;

/// A document, or a part of one. The first node is the document itself, an element
/// named [`DOCUMENT`].
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    nodes: Vec<Node>,
}

/// The name of the outermost node.
pub const DOCUMENT: &str = "doc";

/// A node.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// What it is.
    pub part: Part,
    /// How many nodes it is made of, itself included.
    pub size: usize,
}

/// What a node may be.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// A block, or something inside a line that is no text.
    Element(Element),
    /// A run of text with the same marks.
    Run(Run),
}

/// A node with a name. What lies in it follows it in the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Element {
    /// Named as in the editor's schema; any name may occur.
    pub name: Arc<str>,
    /// What is said of it.
    pub attributes: Attributes,
}

/// A run of text.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Run {
    /// The text; never empty in a tree that was [built](Builder).
    pub text: String,
    /// Its marks, in the order of their names. How they nest is not known.
    pub marks: Vec<Mark>,
}

/// A mark on text.
#[derive(Debug, Clone, PartialEq)]
pub struct Mark {
    /// Named as in the editor's schema.
    pub name: Arc<str>,
    /// What is said of it, nulls included.
    pub attributes: Attributes,
    /// Whether several of this name may lie on the same text.
    pub overlaps: bool,
}

/// What a walk meets, in document order.
#[derive(Debug, Clone, Copy)]
pub enum Step<'a> {
    /// An element begins: its place in the list and what it is.
    Enter(usize, &'a Element),
    /// A run of text.
    Run(&'a Run),
    /// The element entered last and not left yet ends.
    Leave(&'a Element),
}

impl Element {
    /// An element of which nothing more is said.
    pub fn named(name: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            attributes: Attributes::new(),
        }
    }

    /// With this said of it.
    pub fn with(mut self, name: &str, value: impl Into<Any>) -> Self {
        self.attributes.insert(name.into(), value.into());
        self
    }

    /// A text among its attributes.
    pub fn text(&self, attribute: &str) -> Option<&str> {
        text(&self.attributes, attribute)
    }

    /// A whole number among its attributes, however it is stored.
    pub fn number(&self, attribute: &str) -> Option<i64> {
        match self.attributes.get(attribute)? {
            Any::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    /// Whether an attribute is true.
    pub fn is(&self, attribute: &str) -> bool {
        self.attributes.get(attribute) == Some(&Any::Bool(true))
    }
}

impl Mark {
    /// A mark of which nothing more is said.
    pub fn named(name: impl Into<Arc<str>>) -> Self {
        Self {
            name: name.into(),
            attributes: Attributes::new(),
            overlaps: false,
        }
    }

    /// With this said of it.
    pub fn with(mut self, name: &str, value: impl Into<Any>) -> Self {
        self.attributes.insert(name.into(), value.into());
        self
    }

    /// A text among its attributes.
    pub fn text(&self, attribute: &str) -> Option<&str> {
        text(&self.attributes, attribute)
    }
}

impl Run {
    /// Its mark of this name, or the first of them.
    pub fn mark(&self, name: &str) -> Option<&Mark> {
        self.marks.iter().find(|mark| &*mark.name == name)
    }
}

impl Node {
    /// The element that it is, if it is one.
    pub fn element(&self) -> Option<&Element> {
        match &self.part {
            Part::Element(element) => Some(element),
            Part::Run(_) => None,
        }
    }

    /// The name of the element that it is.
    pub fn name(&self) -> Option<&str> {
        self.element().map(|element| &*element.name)
    }
}

impl Tree {
    /// All nodes, in document order.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node at `place` and everything in it.
    ///
    /// # Panics
    /// When there is none.
    pub fn subtree(&self, place: usize) -> &[Node] {
        &self.nodes[place..place + self.nodes[place].size]
    }

    /// The places of the nodes directly in the one at `place`.
    ///
    /// # Panics
    /// When there is none.
    pub fn children(&self, place: usize) -> impl Iterator<Item = usize> + '_ {
        let end = place + self.nodes[place].size;
        let mut next = place + 1;
        std::iter::from_fn(move || {
            let child = next;
            (child < end).then(|| next += self.nodes[child].size)?;
            Some(child)
        })
    }

    /// Walks through everything in the document.
    pub fn steps(&self) -> Steps<'_> {
        Steps {
            next: 1,
            ..steps(&self.nodes)
        }
    }

    /// Whether the document holds nothing.
    pub fn is_empty(&self) -> bool {
        self.nodes.len() == 1
    }

    /// About how many bytes it takes: whoever makes something of it learns from it
    /// how long that takes.
    pub fn weight(&self) -> usize {
        let runs = self.nodes.iter().map(|node| match &node.part {
            Part::Run(run) => run.text.len(),
            Part::Element(_) => 0,
        });
        runs.sum::<usize>() + self.nodes.len() * size_of::<Node>()
    }
}

/// Walks through nodes that lie in document order.
pub fn steps(nodes: &[Node]) -> Steps<'_> {
    Steps {
        nodes,
        next: 0,
        open: Vec::new(),
    }
}

/// A walk through a tree.
#[derive(Debug)]
pub struct Steps<'a> {
    nodes: &'a [Node],
    next: usize,
    /// The elements that are entered, and where each ends.
    open: Vec<(usize, &'a Element)>,
}

impl Steps<'_> {
    /// Leaves out what is in the element entered last.
    pub fn skip_inside(&mut self) {
        if let Some((end, _)) = self.open.last() {
            self.next = *end;
        }
    }

    /// How many elements are entered and not left.
    pub fn depth(&self) -> usize {
        self.open.len()
    }
}

impl<'a> Iterator for Steps<'a> {
    type Item = Step<'a>;

    fn next(&mut self) -> Option<Step<'a>> {
        if let Some((_, element)) = self.open.pop_if(|(end, _)| *end <= self.next) {
            return Some(Step::Leave(element));
        }
        let place = self.next;
        let node = self.nodes.get(place)?;
        self.next += 1;
        Some(match &node.part {
            Part::Run(run) => Step::Run(run),
            Part::Element(element) => {
                self.open.push((place + node.size, element));
                Step::Enter(place, element)
            }
        })
    }
}

/// Builds a tree from its beginning to its end.
#[derive(Debug)]
pub struct Builder {
    nodes: Vec<Node>,
    /// The elements that are open.
    open: Vec<usize>,
    /// The last node is a run that may still grow.
    grows: bool,
}

impl Default for Builder {
    fn default() -> Self {
        let document = Node {
            part: Part::Element(Element::named(DOCUMENT)),
            size: 1,
        };
        Self {
            nodes: vec![document],
            open: vec![0],
            grows: false,
        }
    }
}

impl Builder {
    /// Begins an element.
    pub fn open(&mut self, element: Element) {
        self.grows = false;
        self.open.push(self.nodes.len());
        self.nodes.push(Node {
            part: Part::Element(element),
            size: 1,
        });
    }

    /// Ends the element begun last. The document ends with [`finish`](Self::finish).
    pub fn close(&mut self) {
        self.grows = false;
        if self.open.len() > 1
            && let Some(place) = self.open.pop()
        {
            self.nodes[place].size = self.nodes.len() - place;
        }
    }

    /// An element with nothing in it.
    pub fn leaf(&mut self, element: Element) {
        self.open(element);
        self.close();
    }

    /// Adds text. Neighbours with the same marks are one run; nothing is no run.
    pub fn run(&mut self, text: &str, mut marks: Vec<Mark>) {
        if text.is_empty() {
            return;
        }
        marks.sort_by(|a, b| a.name.cmp(&b.name));
        if let Some(Node {
            part: Part::Run(run),
            ..
        }) = self.nodes.last_mut().filter(|_| self.grows)
            && run.marks == marks
        {
            return run.text.push_str(text);
        }
        self.grows = true;
        let text = text.to_owned();
        self.nodes.push(Node {
            part: Part::Run(Run { text, marks }),
            size: 1,
        });
    }

    /// How many elements are open, the document included.
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether nothing was added yet.
    pub fn is_empty(&self) -> bool {
        self.nodes.len() == 1
    }

    /// The element that is open when so many are.
    pub fn at(&self, depth: usize) -> Option<&Element> {
        let place = self.open.get(depth.checked_sub(1)?)?;
        self.nodes[*place].element()
    }

    /// Whether something is in the element that is open.
    pub fn has_content(&self) -> bool {
        self.open
            .last()
            .is_some_and(|place| self.nodes.len() > place + 1)
    }

    /// How many nodes are directly in the element that is open.
    pub fn count(&self) -> usize {
        let mut next = self.open.last().map_or(self.nodes.len(), |place| place + 1);
        let mut count = 0;
        while let Some(node) = self.nodes.get(next) {
            next += node.size;
            count += 1;
        }
        count
    }

    /// Takes back what ends the line that is open and shows nothing: its last breaks, and
    /// spaces of text that is no code.
    pub fn trim_line(&mut self) {
        let begins = self.open.last().map_or(0, |place| place + 1);
        while self.nodes.len() > begins {
            let is_gone = match self.nodes.last_mut().map(|node| &mut node.part) {
                Some(Part::Run(run)) if run.marks.iter().all(|mark| &*mark.name != "code") => {
                    let kept = run.text.trim_end_matches([' ', '\n']).len();
                    run.text.truncate(kept);
                    kept == 0
                }
                Some(Part::Element(element)) => &*element.name == "hardBreak",
                _ => false,
            };
            if !is_gone {
                break;
            }
            self.nodes.pop();
        }
        self.grows = false;
    }

    /// Takes back the element that was begun last, in which there is nothing.
    pub fn cancel(&mut self) {
        if self.open.len() > 1 && !self.has_content() {
            self.open.pop();
            self.nodes.pop();
            self.grows = false;
        }
    }

    /// Adds a copy of nodes that lie in document order.
    pub fn copy(&mut self, nodes: &[Node]) {
        for step in steps(nodes) {
            match step {
                Step::Enter(_, element) => self.open(element.clone()),
                Step::Run(run) => self.run(&run.text, run.marks.clone()),
                Step::Leave(_) => self.close(),
            }
        }
    }

    /// Ends what is open.
    pub fn finish(mut self) -> Tree {
        while let Some(place) = self.open.pop() {
            self.nodes[place].size = self.nodes.len() - place;
        }
        Tree { nodes: self.nodes }
    }
}

fn text<'a>(attributes: &'a Attributes, name: &str) -> Option<&'a str> {
    match attributes.get(name)? {
        Any::String(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subtree_is_a_slice_and_children_are_its_parts() {
        let mut builder = Builder::default();
        builder.open(Element::named("list"));
        builder.open(Element::named("item"));
        builder.run("a", vec![]);
        builder.run("b", vec![]);
        builder.close();
        builder.leaf(Element::named("item"));
        builder.close();
        builder.run("c", vec![Mark::named("bold")]);
        let tree = builder.finish();
        let names = |place| -> Vec<_> { tree.children(place).collect() };
        assert_eq!(
            (names(0), names(1), names(2)),
            (vec![1, 5], vec![2, 4], vec![3])
        );
        assert_eq!(tree.subtree(1).len(), 4);
        let steps: Vec<_> = tree
            .steps()
            .map(|step| match step {
                Step::Enter(_, element) => format!("<{}>", element.name),
                Step::Run(run) => run.text.clone(),
                Step::Leave(element) => format!("</{}>", element.name),
            })
            .collect();
        assert_eq!(steps.concat(), "<list><item>ab</item><item></item></list>c");
    }

    #[test]
    fn a_tree_of_any_depth_takes_no_stack() {
        let mut builder = Builder::default();
        for _ in 0..1_000_000 {
            builder.open(Element::named("quote"));
        }
        let tree = builder.finish();
        assert_eq!(tree.steps().count(), 2_000_000);
        assert_eq!(tree.clone(), tree);
    }
}
