//! What attributes and styles of an element say about it.

use yrs::Any;

use super::Reader;
use crate::export::html::parse::Data;
use crate::export::schema::{DELETION, INSERTION, SPAN, SUGGESTED};
use crate::export::tree::{Element, Mark};

impl Reader<'_> {
    /// The mark of a suggestion; what is not said is null.
    pub(super) fn suggestion(&self, node: usize) -> Mark {
        let name = match self.page.name(node) {
            Some("ins") => INSERTION,
            _ => DELETION,
        };
        let said = |attribute| {
            let said = self.page.attribute(node, attribute);
            said.filter(|said| !said.is_empty())
        };
        let own = |name: &str| name != "break" || self.page.name(node) == Some("ins");
        SUGGESTED
            .iter()
            .filter(|(attribute, _)| own(attribute))
            .fold(Mark::named(name), |mark, (attribute, html)| {
                mark.with(attribute, said(html).map_or(Any::Null, Any::from))
            })
    }

    pub(super) fn cell(&self, node: usize, name: &str) -> Element {
        let mut cell = Element::named(name);
        for span in ["colspan", "rowspan"] {
            let said = self
                .page
                .attribute(node, span)
                .and_then(|said| said.parse().ok());
            let said: i64 = said.unwrap_or(1);
            cell = cell.with(span, said.clamp(1, SPAN));
        }
        let style = self.style(node, "text-align");
        let align = style.or_else(|| self.page.attribute(node, "align"));
        if let Some(align) = align.filter(|align| ["left", "center", "right"].contains(align)) {
            cell = cell.with("align", align);
        }
        let widths = self.page.attribute(node, "data-colwidth").map(|said| {
            let widths = said.split(',').map(|width| width.trim().parse::<i64>());
            widths.collect::<Result<Vec<_>, _>>().unwrap_or_default()
        });
        if let Some(widths) = widths.filter(|widths| !widths.is_empty()) {
            cell = cell.with("colwidth", Any::from(widths));
        }
        cell
    }

    pub(super) fn code_block(&self, node: usize) -> Element {
        let inside = self.page.children(node).iter().copied();
        let language = inside.chain([node]).find_map(|node| {
            let class = self.page.attribute(node, "class")?;
            class
                .split_ascii_whitespace()
                .find_map(|class| class.strip_prefix("language-"))
        });
        let language = language.or_else(|| self.page.attribute(node, "lang"));
        match language {
            Some(language) => Element::named("codeBlock").with("language", language),
            None => Element::named("codeBlock"),
        }
    }

    pub(super) fn is_task_list(&self, list: usize) -> bool {
        if self.page.attribute(list, "data-type") == Some("taskList") {
            return true;
        }
        let mut items = self
            .page
            .children(list)
            .iter()
            .filter(|item| self.page.name(**item) == Some("li"))
            .peekable();
        items.peek().is_some() && items.all(|item| self.task(*item).is_some())
    }

    /// Whether an item is that of a list of tasks, and done.
    pub(super) fn task(&self, item: usize) -> Option<bool> {
        if self.page.attribute(item, "data-type") == Some("taskItem") {
            return Some(self.page.attribute(item, "data-checked") == Some("true"));
        }
        // The box is the first thing in it, or in its first paragraph or label.
        let mut node = item;
        for _ in 0..3 {
            let first = self.page.children(node).iter().find(|child| {
                !matches!(self.page.data(**child), Data::Text(text) if text.trim().is_empty())
            })?;
            if self.page.name(*first) == Some("input") {
                let is_box = self.page.attribute(*first, "type") == Some("checkbox");
                return is_box.then(|| self.page.attribute(*first, "checked").is_some());
            }
            node = *first;
        }
        None
    }

    /// What a style says of words: word processors know no elements for it.
    pub(super) fn styled(&mut self, node: usize) {
        if let Some(weight) = self.style(node, "font-weight")
            && (weight == "bold" || weight.parse::<u32>().is_ok_and(|weight| weight >= 600))
        {
            self.marks.push(Mark::named("bold"));
        }
        if self.style(node, "font-style") == Some("italic") {
            self.marks.push(Mark::named("italic"));
        }
        let line = self
            .style(node, "text-decoration")
            .or_else(|| self.style(node, "text-decoration-line"))
            .unwrap_or_default();
        let (struck, underlined) = (line.contains("line-through"), line.contains("underline"));
        if struck {
            self.marks.push(Mark::named("strike"));
        }
        if underlined {
            self.marks.push(Mark::named("underline"));
        }
    }

    pub(super) fn style(&self, node: usize, property: &str) -> Option<&str> {
        let style = self.page.attribute(node, "style")?;
        style.split(';').find_map(|said| {
            let (name, value) = said.split_once(':')?;
            (name.trim() == property).then(|| value.trim())
        })
    }
}
