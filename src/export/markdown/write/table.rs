//! Tables as Markdown has them: rows of cells of one line, the first of headers.

use comrak::nodes::{Node, NodeTable, NodeValue, TableAlignment};

use super::Writer;
use crate::export::schema;
use crate::export::tree::Element;

/// The most columns that a table is written with.
const COLUMNS: usize = 256;

/// The columns of a row, from the first on: a cell that goes over several rows has its
/// column in each of them, and what stands there in none but the first.
#[derive(Default)]
pub(super) struct Columns {
    /// Of each column, in how many of the rows to come a cell from above is.
    covered: Vec<i64>,
    next: usize,
}

impl Columns {
    /// Passes over those that a cell from above is in. How many they are.
    fn pass(&mut self) -> usize {
        let before = self.next;
        while let Some(rows @ 1..) = self.covered.get_mut(self.next) {
            *rows -= 1;
            self.next += 1;
        }
        self.next - before
    }

    /// Takes the next ones for a cell.
    fn take(&mut self, Spans { over, down }: Spans) {
        let end = self.next + over;
        if self.covered.len() < end.min(COLUMNS) {
            self.covered.resize(end.min(COLUMNS), 0);
        }
        for rows in self.covered.iter_mut().take(end).skip(self.next) {
            *rows = down - 1;
        }
        self.next = end;
    }

    /// How many the row has; the next one begins.
    fn end_row(&mut self) -> usize {
        let mut width = self.next;
        for (column, rows) in self.covered.iter_mut().enumerate().skip(self.next) {
            if *rows > 0 {
                *rows -= 1;
                width = column + 1;
            }
        }
        self.next = 0;
        width
    }
}

/// How many columns and rows a cell goes over.
#[derive(Clone, Copy)]
struct Spans {
    over: usize,
    down: i64,
}

impl Spans {
    fn of(element: Option<&Element>) -> Self {
        let number = |name| {
            let number = element.and_then(|element| element.number(name));
            number.unwrap_or(1).clamp(1, schema::SPAN)
        };
        Self {
            over: usize::try_from(number("colspan")).unwrap_or(1),
            down: number("rowspan"),
        }
    }
}

impl<'a> Writer<'a, '_> {
    pub(super) fn table(&mut self, place: usize, parent: Node<'a>) -> Node<'a> {
        let tree = self.tree;
        let mut width = 1;
        let mut columns = Columns::default();
        let mut alignments: Vec<TableAlignment> = Vec::new();
        for (line, row) in tree.children(place).enumerate() {
            for cell in tree.children(row) {
                let Some(element) = tree.nodes()[cell].element() else {
                    continue;
                };
                let is_header = &*element.name == "tableHeader";
                match (line, is_header) {
                    (0, false) => self.simplified.note("tables without a row of headers"),
                    (1.., true) => self
                        .simplified
                        .note("headers beside the first row of a table"),
                    _ => {}
                }
                let spans = Spans::of(Some(element));
                if spans.over > 1 || spans.down > 1 {
                    self.simplified.note("merged cells of tables");
                }
                if line == 0 && alignments.len() < COLUMNS {
                    alignments.push(match element.text("align") {
                        Some("left") => TableAlignment::Left,
                        Some("center") => TableAlignment::Center,
                        Some("right") => TableAlignment::Right,
                        _ => TableAlignment::None,
                    });
                    let covered = (alignments.len() + spans.over - 1).min(COLUMNS);
                    alignments.resize(covered, TableAlignment::None);
                }
                columns.pass();
                columns.take(spans);
            }
            width = width.max(columns.end_row());
        }
        let width = width.min(COLUMNS);
        alignments.resize(width, TableAlignment::None);
        self.columns = Columns::default();
        self.node(
            parent,
            NodeValue::Table(Box::new(NodeTable {
                alignments,
                num_columns: width,
                num_rows: tree.children(place).count(),
                num_nonempty_cells: 0,
            })),
        )
    }

    pub(super) fn cell(&mut self, place: usize, row: Node<'a>) -> Node<'a> {
        let spans = Spans::of(self.tree.nodes()[place].element());
        for _ in 0..self.columns.pass() {
            self.node(row, NodeValue::TableCell);
        }
        self.columns.take(spans);
        let cell = self.node(row, NodeValue::TableCell);
        for _ in 1..spans.over.min(COLUMNS) {
            self.node(row, NodeValue::TableCell);
        }
        cell
    }

    /// Every row has as many cells as the table has columns. What stands in cells beyond
    /// them stands in the last.
    pub(super) fn fill_row(&mut self, row: Node<'a>) {
        self.columns.end_row();
        let Some(table) = row.parent() else { return };
        let columns = match &table.data().value {
            NodeValue::Table(table) => table.num_columns,
            _ => return,
        };
        for _ in row.children().count()..columns {
            self.node(row, NodeValue::TableCell);
        }
        let beyond: Vec<_> = row.children().skip(columns.saturating_sub(1)).collect();
        let Some((last, beyond)) = beyond.split_first() else {
            return;
        };
        if !beyond.is_empty() {
            self.simplified.note("columns beyond the 256th");
        }
        for cell in beyond {
            cell.detach();
            if last.first_child().is_some() && cell.first_child().is_some() {
                self.node(last, NodeValue::HtmlInline("<br>".to_owned()));
            }
            while let Some(words) = cell.first_child() {
                last.append(words);
            }
        }
    }

    /// In a cell there are no blocks: they stand one after the other in its line.
    pub(super) fn enter_in_cell(&mut self, element: &Element) {
        if !self.line.is_empty() {
            self.simplified.note("blocks in table cells as lines");
            self.line.line_break();
        }
        match &*element.name {
            "paragraph" => {}
            "image" => self.inline(element),
            name => {
                self.simplified.note("blocks in table cells as lines");
                if let Some(formula) = element.text("latex") {
                    let formula = formula.replace(|c: char| c.is_control(), " ");
                    self.line.formula(formula.trim(), false);
                }
                if schema::node_type(name).is_none() {
                    self.simplified.unknown(name);
                }
            }
        }
        self.open_nothing();
    }
}

pub(super) fn is_table(node: Node<'_>) -> bool {
    matches!(node.data().value, NodeValue::Table(_))
}

pub(super) fn is_row(node: Node<'_>) -> bool {
    matches!(node.data().value, NodeValue::TableRow(_))
}
