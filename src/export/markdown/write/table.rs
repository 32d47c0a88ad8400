//! Tables as Markdown has them: rows of cells of one line, the first of headers.

use comrak::nodes::{Node, NodeTable, NodeValue, TableAlignment};

use super::Writer;
use crate::export::schema;
use crate::export::tree::Element;

/// The most columns that a table is written with.
const COLUMNS: usize = 256;

impl<'a> Writer<'a, '_> {
    pub(super) fn table(&mut self, place: usize, parent: Node<'a>) -> Node<'a> {
        let tree = self.tree;
        let mut columns = 1;
        let mut alignments: Vec<TableAlignment> = Vec::new();
        for (line, row) in tree.children(place).enumerate() {
            let mut width = 0;
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
                let over = element
                    .number("colspan")
                    .unwrap_or(1)
                    .clamp(1, schema::SPAN);
                if over > 1 || element.number("rowspan").is_some_and(|over| over > 1) {
                    self.simplified.note("merged cells of tables");
                }
                if line == 0 && alignments.len() < COLUMNS {
                    alignments.push(match element.text("align") {
                        Some("left") => TableAlignment::Left,
                        Some("center") => TableAlignment::Center,
                        Some("right") => TableAlignment::Right,
                        _ => TableAlignment::None,
                    });
                    let over = usize::try_from(over).unwrap_or(1);
                    let covered = (alignments.len() + over - 1).min(COLUMNS);
                    alignments.resize(covered, TableAlignment::None);
                }
                width += usize::try_from(over).unwrap_or(1);
            }
            columns = columns.max(width);
        }
        let columns = columns.min(COLUMNS);
        alignments.resize(columns, TableAlignment::None);
        self.node(
            parent,
            NodeValue::Table(Box::new(NodeTable {
                alignments,
                num_columns: columns,
                num_rows: tree.children(place).count(),
                num_nonempty_cells: 0,
            })),
        )
    }

    pub(super) fn cell(&mut self, place: usize, row: Node<'a>) -> Node<'a> {
        let cell = self.node(row, NodeValue::TableCell);
        let element = self.tree.nodes()[place].element();
        let over = element.and_then(|element| element.number("colspan"));
        for _ in 1..over.unwrap_or(1).clamp(1, COLUMNS as i64) {
            self.node(row, NodeValue::TableCell);
        }
        cell
    }

    /// Every row has as many cells as the table has columns. What stands in cells beyond
    /// them stands in the last.
    pub(super) fn fill_row(&mut self, row: Node<'a>) {
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
