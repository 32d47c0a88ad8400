//! A document that comes in from markup, made to fit the bundled editor's schema
//! while it is written: paragraphs where text stands alone, items where something
//! stands in a list, and simpler things for what the editor does not have.

use std::collections::HashMap;

use super::import::{ImportError, Imported, Patience, bounded};
use super::schema::{self, Holds, Stands};
use super::simplified::Simplified;
use super::tree::{Builder, Element, Mark, Part, Run, Tree};

/// A document in the making. What is opened must be closed, whatever came of it.
#[derive(Debug, Default)]
pub(super) struct Draft {
    builder: Builder,
    /// For each element that was opened and not closed: how many were open before it,
    /// and with it.
    asked: Vec<(usize, usize)>,
    /// How many were open before the line that nobody asked for.
    own: Option<usize>,
    /// A heading that a figure ended, and how many elements were asked for in it: text that
    /// follows there goes on with it.
    heading: Option<(usize, Element)>,
    pub simplified: Simplified,
    /// How long markup may take from here on.
    pub patience: Patience,
}

impl Draft {
    /// Begins an element that the editor knows.
    pub fn open(&mut self, element: Element) -> Result<(), ImportError> {
        bounded(self.builder.len())?;
        let Some(known) = schema::node_type(&element.name) else {
            self.simplified.unknown(&element.name);
            self.asks(self.builder.depth());
            return Ok(());
        };
        if known.stands == Stands::Inline {
            self.line();
            let before = self.builder.depth();
            if self.holds() == Holds::Line {
                self.builder.open(element);
            }
            self.asks(before);
            return Ok(());
        }
        if matches!(self.holds(), Holds::Each(_)) && known.stands == Stands::Named {
            let before = self.builder.depth();
            if self.wants(&element.name) {
                self.builder.open(element);
            }
            self.asks(before);
            return Ok(());
        }
        // What stands around it there is begun with it.
        let around = usize::from(matches!(self.holds(), Holds::Each(_)));
        if self.builder.depth() + around + 4 > schema::DEPTH {
            self.simplified.note("what was nested too deeply");
            self.asks(self.builder.depth());
            return Ok(());
        }
        self.make_way(&element, known.stands);
        let before = self.builder.depth();
        self.builder.open(element);
        self.asks(before);
        Ok(())
    }

    /// Whether the element that is open must have one of this name next.
    pub fn wants(&self, name: &str) -> bool {
        matches!(self.holds(), Holds::Each(names)
            if names.get(self.builder.count()).is_some_and(|next| *next == name))
    }

    /// A block with nothing in it that may have stood in a line: the line ends before it,
    /// and one in which nothing else was is none.
    pub fn figure(&mut self, element: Element) -> Result<(), ImportError> {
        if self.holds() == Holds::Line {
            self.builder.trim_line();
            let line = self.builder.at(self.builder.depth());
            let name = line.map(|line| &*line.name);
            let is_plain = matches!(name, Some("paragraph" | "heading"));
            if let Some(heading) = line.filter(|_| name == Some("heading")) {
                self.heading = Some((self.asked.len(), heading.clone()));
            }
            if is_plain && !self.builder.has_content() {
                self.builder.cancel();
                if self.own.is_some_and(|own| own >= self.builder.depth()) {
                    self.own = None;
                }
            }
        }
        self.leaf(element)
    }

    /// An element with nothing in it.
    pub fn leaf(&mut self, element: Element) -> Result<(), ImportError> {
        self.open(element)?;
        self.close();
        Ok(())
    }

    /// Ends the element that was opened last.
    pub fn close(&mut self) {
        if let Some((before, _)) = self.asked.pop() {
            self.close_to(before);
        }
        self.heading.take_if(|(asked, _)| *asked > self.asked.len());
    }

    fn asks(&mut self, before: usize) {
        self.asked.push((before, self.builder.depth()));
    }

    /// How many are open down to the last that was asked for.
    fn floor(&self) -> usize {
        self.asked
            .last()
            .map_or(1, |(_, with)| *with)
            .min(self.builder.depth())
    }

    /// Text, in a paragraph if there is no line yet. Spaces that would begin one are
    /// none, except in code.
    pub fn text(&mut self, text: &str, marks: &[Mark]) -> Result<(), ImportError> {
        bounded(self.builder.len())?;
        let holds = self.holds();
        if holds == Holds::Code {
            self.builder.run(text, Vec::new());
            return Ok(());
        }
        let is_kept = holds == Holds::Line || marks.iter().any(|mark| &*mark.name == schema::CODE);
        if !is_kept && text.chars().all(|c| c.is_ascii_whitespace()) {
            return Ok(());
        }
        let text = match is_kept {
            true => text,
            false => text.trim_start_matches(|c: char| c.is_ascii_whitespace()),
        };
        self.line();
        let marks = self.bearable(marks);
        self.builder.run(text, marks);
        Ok(())
    }

    /// What the document holds where one writes now.
    pub fn holds(&self) -> Holds {
        self.holds_at(self.builder.depth())
    }

    fn holds_at(&self, depth: usize) -> Holds {
        let name = self.builder.at(depth).map(|element| &*element.name);
        name.and_then(schema::node_type)
            .map_or(Holds::Blocks, |known| known.holds)
    }

    /// Whether something is in the element that is open.
    pub fn has_content(&self) -> bool {
        self.builder.has_content()
    }

    /// Ends a line that nobody asked for.
    pub fn end_line(&mut self) {
        if let Some(depth) = self.own {
            self.close_to(depth);
        }
    }

    /// The document.
    ///
    /// # Errors
    /// When it is too large with what its tables lack.
    pub fn finish(mut self) -> Result<Imported, ImportError> {
        self.asked.clear();
        self.close_to(1);
        Ok(Imported {
            tree: squared(self.builder.finish())?,
            simplified: self.simplified,
        })
    }

    /// The marks that the editor bears together: code stands alone, except that a
    /// link is worth more than how its words look.
    fn bearable(&mut self, marks: &[Mark]) -> Vec<Mark> {
        let mut kept: Vec<Mark> = Vec::with_capacity(marks.len());
        for mark in marks {
            if !kept.iter().any(|other| other.name == mark.name) {
                kept.push(mark.clone());
            }
        }
        let has = |name: &str| kept.iter().any(|mark| &*mark.name == name);
        let is_form = |mark: &Mark| !schema::is_suggestion(&mark.name);
        if has(schema::CODE) && kept.iter().filter(|mark| is_form(mark)).count() > 1 {
            if has("link") {
                self.simplified.note("code in links as plain text");
                kept.retain(|mark| &*mark.name != schema::CODE);
            } else {
                self.simplified.note("formatting of code");
                kept.retain(|mark| &*mark.name == schema::CODE || !is_form(mark));
            }
        }
        kept
    }

    /// Closes until so many are open. What must not be empty is not.
    fn close_to(&mut self, depth: usize) {
        while self.builder.depth() > depth.max(1) {
            if !self.builder.has_content() || matches!(self.holds(), Holds::Each(_)) {
                self.fill();
            }
            self.builder.close();
            if self.own.is_some_and(|own| own >= self.builder.depth()) {
                self.own = None;
            }
        }
    }

    /// Puts into an element that has nothing what it cannot be without.
    fn fill(&mut self) {
        match self.holds() {
            Holds::Blocks | Holds::Item => self.builder.leaf(Element::named("paragraph")),
            Holds::Only(names, least) if least > 0 => {
                self.builder.open(Element::named(names[0]));
                self.fill();
                self.builder.close();
            }
            Holds::Each(names) => {
                for name in names.iter().skip(self.builder.count()) {
                    self.builder.open(Element::named(*name));
                    self.fill();
                    self.builder.close();
                }
            }
            _ => {}
        }
    }

    /// Sees to it that text may be written.
    fn line(&mut self) {
        match self.holds() {
            Holds::Line | Holds::Code => {}
            _ => {
                let heading = self.heading.as_ref().map(|(_, heading)| heading.clone());
                let line = heading.unwrap_or_else(|| Element::named("paragraph"));
                self.make_way(&line, Stands::Block);
                self.own = Some(self.builder.depth());
                self.builder.open(line);
            }
        }
    }

    /// Sees to it that the element may be opened: what cannot hold it is ended, what
    /// must be around it is begun.
    fn make_way(&mut self, element: &Element, stands: Stands) {
        self.end_line();
        while matches!(self.holds(), Holds::Line | Holds::Code | Holds::Nothing)
            && self.builder.depth() > 1
        {
            let depth = self.builder.depth() - 1;
            self.close_to(depth);
        }
        if stands == Stands::Named {
            self.make_way_for_named(&element.name);
        } else {
            let floor = self.floor();
            if self.builder.depth() > floor && matches!(self.holds(), Holds::Only(..)) {
                // Around something that stood alone, which is over.
                self.close_to(floor);
            }
            self.make_room();
        }
        if self.holds() == Holds::Item
            && !self.builder.has_content()
            && &*element.name != "paragraph"
        {
            self.builder.leaf(Element::named("paragraph"));
        }
    }

    /// Begins what a block may stand in, where only what has a name may.
    fn make_room(&mut self) {
        loop {
            let next = match self.holds() {
                Holds::Only(names, _) => names[0],
                Holds::Each(names) => match names.get(self.builder.count()) {
                    Some(next) => next,
                    None => {
                        self.builder.close();
                        continue;
                    }
                },
                _ => return,
            };
            let holds = schema::node_type(next).map(|known| known.holds);
            self.builder.open(Element::named(next));
            if holds == Some(Holds::Line) {
                self.builder.close();
            }
        }
    }

    /// An item stands in its list, a row in a table, a cell in a row.
    fn make_way_for_named(&mut self, name: &str) {
        let floor = self.floor();
        if matches!(self.holds_at(floor), Holds::Only(names, _) if names.contains(&name)) {
            return self.close_to(floor);
        }
        for _ in 0..3 {
            let around = match self.holds() {
                Holds::Only(names, _) if names.contains(&name) => return,
                Holds::Only(names, _) => names[0],
                Holds::Each(_) => {
                    self.make_room();
                    continue;
                }
                _ => match name {
                    "listItem" => "bulletList",
                    "taskItem" => "taskList",
                    "detailsSummary" | "detailsContent" => "details",
                    _ => "table",
                },
            };
            if self.holds() == Holds::Item && !self.builder.has_content() {
                self.builder.leaf(Element::named("paragraph"));
            }
            self.builder.open(Element::named(around));
        }
    }
}

/// The document with every table made square: rows that are shorter than others get
/// empty cells, since the editor would add them when somebody merely looks.
fn squared(tree: Tree) -> Result<Tree, ImportError> {
    let is_table = |node: &super::tree::Node| node.name() == Some("table");
    if !tree.nodes().iter().any(is_table) {
        return Ok(tree);
    }
    // The rows that lack cells, by their place, and how many.
    let mut lacking = HashMap::new();
    for (place, _) in tree.nodes().iter().enumerate().filter(|(_, n)| is_table(n)) {
        let widths = widths(&tree, place);
        let most = widths.iter().map(|(_, width)| *width).max().unwrap_or(0);
        let short = widths.into_iter().filter(|(_, width)| *width < most);
        lacking.extend(short.map(|(row, width)| (row, most - width)));
    }
    if lacking.is_empty() {
        return Ok(tree);
    }
    bounded(tree.nodes().len() + 2 * lacking.values().sum::<usize>())?;
    let mut builder = Builder::default();
    let mut open = Vec::new();
    for (place, node) in tree.nodes().iter().enumerate().skip(1) {
        close_ended(&mut builder, &mut open, place, &lacking);
        match &node.part {
            Part::Run(Run { text, marks }) => builder.run(text, marks.clone()),
            Part::Element(element) => {
                builder.open(element.clone());
                open.push((place, place + node.size));
            }
        }
    }
    close_ended(&mut builder, &mut open, usize::MAX, &lacking);
    Ok(builder.finish())
}

fn close_ended(
    builder: &mut Builder,
    open: &mut Vec<(usize, usize)>,
    place: usize,
    lacking: &HashMap<usize, usize>,
) {
    while let Some((begun, _)) = open.pop_if(|(_, end)| *end <= place) {
        for _ in 0..lacking.get(&begun).copied().unwrap_or(0) {
            builder.open(Element::named("tableCell"));
            builder.leaf(Element::named("paragraph"));
            builder.close();
        }
        builder.close();
    }
}

/// Columns of a table that are looked at.
const COLUMNS: usize = 4096;

/// The rows of a table, and how many columns each covers, cells that reach down
/// from above included.
fn widths(tree: &Tree, table: usize) -> Vec<(usize, usize)> {
    // Of each column, the first line that no cell from above reaches.
    let mut free: Vec<usize> = Vec::new();
    let mut widths = Vec::new();
    for (line, row) in tree.children(table).enumerate() {
        let mut column = 0;
        let reached = |free: &[usize], column: usize| {
            let beyond = free.iter().skip(column).take_while(|free| **free > line);
            column + beyond.count()
        };
        for cell in tree.children(row) {
            let span = |name| {
                let said = tree.nodes()[cell].element()?.number(name)?;
                usize::try_from(said.clamp(1, schema::SPAN)).ok()
            };
            let (wide, high) = (span("colspan").unwrap_or(1), span("rowspan").unwrap_or(1));
            column = reached(&free, column);
            let end = (column + wide).min(COLUMNS);
            if high > 1 && column < end {
                free.resize(free.len().max(end), 0);
                free[column..end].fill(line + high);
            }
            column += wide;
        }
        widths.push((row, reached(&free, column)));
    }
    widths
}
