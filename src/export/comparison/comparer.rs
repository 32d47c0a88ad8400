//! The way through two states at once, block by block and letter by letter.

use std::time::Instant;

use super::credits::Spans;
use super::line::{self, Reader};
use super::{Change, Comparison, Counts, Credits, Part, Person};
use crate::export::revision::alignment::{Step, Unit, align, words};
use crate::export::revision::alike::{self, Print};
use crate::export::revision::letters::{Edit, edits};
use crate::export::revision::sides::{Asked, asked, texts};
use crate::export::schema::{self, Holds};
use crate::export::signed::{Id, Signed};
use crate::export::tree::{self, Element, Run};

/// One of the states.
struct Side<'a> {
    signed: &'a Signed,
    prints: Vec<Print>,
}

impl<'a> Side<'a> {
    fn of(signed: &'a Signed) -> Self {
        Self {
            signed,
            prints: alike::prints(signed.tree()),
        }
    }

    fn unit(&self, asked: &Asked) -> Unit<'a> {
        match *asked {
            Asked::Element(place) => Unit {
                print: self.prints[place],
                kind: self.signed.tree().nodes()[place].name().map(kind),
            },
            Asked::Line(first, count) => Unit {
                print: alike::line(runs(self.signed, first, count)),
                kind: Some(LINE),
            },
        }
    }

    fn words(&self, asked: &Asked) -> Vec<u64> {
        match *asked {
            Asked::Element(place) => words(texts(self.signed.tree(), place)),
            Asked::Line(first, count) => {
                let runs = (first..first + count).flat_map(|run| texts(self.signed.tree(), run));
                words(runs)
            }
        }
    }

    fn element(&self, place: usize) -> Option<&'a Element> {
        self.signed.tree().nodes()[place].element()
    }
}

/// The ids of all that is in a document.
fn known(signed: &Signed) -> Spans<()> {
    let mut known = Spans::default();
    for place in 0..signed.tree().nodes().len() {
        match &signed.tree().nodes()[place].part {
            tree::Part::Element(_) => {
                if let Some(Id { client, clock }) = signed.id(place) {
                    known.note(client, clock..clock.saturating_add(1), ());
                }
            }
            tree::Part::Run(_) => {
                let mut reader = Reader::of(signed, place, 1);
                while let Some((letters, _)) = reader.run() {
                    if let (text, Some(Id { client, clock })) = reader.take(letters) {
                        let units = text.encode_utf16().count() as u32;
                        known.note(client, clock..clock.saturating_add(units), ());
                    }
                }
            }
        }
    }
    known
}

/// Of a block with less letters it is not said that it is another one.
const SENTENCE: usize = 12;

/// The kind of lines. No element is named like this.
const LINE: &str = "\0";

/// What becomes each other.
fn kind(name: &str) -> &str {
    match schema::node_type(name).map(|node| node.holds) {
        Some(Holds::Line | Holds::Code) => "\0text",
        _ => match name {
            "bulletList" | "orderedList" | "taskList" => "\0list",
            "listItem" | "taskItem" => "\0item",
            "tableCell" | "tableHeader" => "\0cell",
            name => name,
        },
    }
}

fn runs(signed: &Signed, first: usize, count: usize) -> impl Iterator<Item = (&str, Print)> {
    let nodes = signed.tree().nodes()[first..first + count].iter();
    nodes.filter_map(|node| match &node.part {
        tree::Part::Run(run) => Some((run.text.as_str(), alike::marks(run.marks.iter()))),
        tree::Part::Element(_) => None,
    })
}

/// What is still to be told, the last first.
enum Todo {
    /// What is in these two elements.
    Inside(usize, usize),
    /// This element, which became that one.
    Elements(usize, usize),
    /// This line, which became that one.
    Lines((usize, usize), (usize, usize)),
    /// All of it is the same, is new, or is gone.
    Whole(Change, Asked),
    Close,
}

pub(super) struct Comparer<'a> {
    old: Side<'a>,
    new: Side<'a>,
    /// What was there.
    known: Spans<()>,
    credits: &'a Credits,
    until: Instant,
    parts: Vec<Part<'a>>,
    counts: Counts,
}

impl<'a> Comparer<'a> {
    /// Of two states, for so long.
    pub fn of(old: &'a Signed, new: &'a Signed, credits: &'a Credits, until: Instant) -> Self {
        Self {
            old: Side::of(old),
            new: Side::of(new),
            known: known(old),
            credits,
            until,
            parts: Vec::new(),
            counts: Counts::default(),
        }
    }

    /// All that became of the one.
    pub fn all(mut self) -> Comparison<'a> {
        self.tell();
        Comparison {
            parts: self.parts,
            counts: self.counts,
        }
    }

    fn tell(&mut self) {
        let mut todo = vec![Todo::Inside(0, 0)];
        while let Some(next) = todo.pop() {
            match next {
                Todo::Inside(one, other) => {
                    let mut inside = self.inside(one, other);
                    inside.reverse();
                    todo.append(&mut inside);
                }
                Todo::Elements(one, other) => {
                    self.open_changed(one, other);
                    todo.push(Todo::Close);
                    todo.push(Todo::Inside(one, other));
                }
                Todo::Lines(one, other) => self.lines(one, other),
                Todo::Whole(change, asked) => self.whole(change, &asked),
                Todo::Close => self.parts.push(Part::Close),
            }
        }
    }

    fn inside(&self, one: usize, other: usize) -> Vec<Todo> {
        let (here, there) = (
            asked(self.old.signed.tree(), one),
            asked(self.new.signed.tree(), other),
        );
        let old: Vec<_> = here.iter().map(|it| self.old.unit(it)).collect();
        let new: Vec<_> = there.iter().map(|it| self.new.unit(it)).collect();
        let in_it = |is_old: bool, place: usize| match is_old {
            true => self.old.words(&here[place]),
            false => self.new.words(&there[place]),
        };
        let steps = align(&old, &new, &in_it, self.until);
        let mut todo = Vec::with_capacity(steps.len());
        let mut next = 0;
        for step in steps {
            match step {
                Step::Keep => todo.push(Todo::Whole(Change::Same, there[next])),
                Step::Insert(place) => todo.push(Todo::Whole(Change::Added, there[place])),
                Step::Delete(place) => {
                    todo.push(Todo::Whole(Change::Removed, here[place]));
                    continue;
                }
                Step::Change(one, other) => match (here[one], there[other]) {
                    (Asked::Element(one), Asked::Element(other))
                        if !self.is_rewritten(one, other) =>
                    {
                        todo.push(Todo::Elements(one, other));
                    }
                    (Asked::Line(one, these), Asked::Line(other, those)) => {
                        todo.push(Todo::Lines((one, these), (other, those)));
                    }
                    (one, other) => {
                        todo.push(Todo::Whole(Change::Removed, one));
                        todo.push(Todo::Whole(Change::Added, other));
                    }
                },
            }
            next += 1;
        }
        todo
    }

    /// Whether two blocks of text stand in each other's place, and that is all.
    fn is_rewritten(&self, one: usize, other: usize) -> bool {
        let line = |side: &Side<'_>, place| -> Option<String> {
            match asked(side.signed.tree(), place)[..] {
                [Asked::Line(..)] => Some(texts(side.signed.tree(), place).collect()),
                _ => None,
            }
        };
        let (Some(old), Some(new)) = (line(&self.old, one), line(&self.new, other)) else {
            return false;
        };
        let edits = edits(&old, &new, self.until);
        let kept = edits.into_iter().map(|edit| match edit {
            Edit::Keep(letters) => letters,
            Edit::Delete(_) | Edit::Insert(_) => 0,
        });
        let least = old.chars().count().min(new.chars().count());
        // A number in a cell is another number, not another paragraph.
        least >= SENTENCE && kept.sum::<usize>() * 4 < least
    }

    fn open_changed(&mut self, one: usize, other: usize) {
        let (Some(old), Some(new)) = (self.old.element(one), self.new.element(other)) else {
            return;
        };
        let is_other = alike::said_of(old) != alike::said_of(new);
        self.counts.changed_blocks += usize::from(is_other);
        self.parts.push(Part::Open {
            change: Change::Changed,
            element: new,
            was: is_other.then_some(old),
            by: None,
        });
    }

    fn whole(&mut self, change: Change, asked: &Asked) {
        let signed = match change {
            Change::Removed => self.old.signed,
            _ => self.new.signed,
        };
        let (first, nodes) = match *asked {
            Asked::Element(place) => (place, signed.tree().subtree(place)),
            Asked::Line(first, count) => (first, &signed.tree().nodes()[first..first + count]),
        };
        let mut place = first;
        for step in tree::steps(nodes) {
            match step {
                tree::Step::Enter(_, element) => {
                    self.count_block(change, element);
                    let id = signed.id(place);
                    let (by, _) = self.by(change, id, 1);
                    self.parts.push(Part::Open {
                        change,
                        element,
                        was: None,
                        by,
                    });
                    place += 1;
                }
                tree::Step::Run(_) => {
                    let mut reader = Reader::of(signed, place, 1);
                    while let Some((letters, run)) = reader.run() {
                        let (text, id) = reader.take(letters);
                        self.run(change, text, run, None, id);
                    }
                    place += 1;
                }
                tree::Step::Leave(_) => self.parts.push(Part::Close),
            }
        }
    }

    fn lines(&mut self, one: (usize, usize), other: (usize, usize)) {
        let text = |signed: &Signed, (first, count): (usize, usize)| -> String {
            runs(signed, first, count).map(|(text, _)| text).collect()
        };
        let (old, new) = (self.old.signed, self.new.signed);
        let mut here = Reader::of(old, one.0, one.1);
        let mut there = Reader::of(new, other.0, other.1);
        let (was, is) = (text(old, one), text(new, other));
        for edit in line::readable(edits(&was, &is, self.until), &was, &is) {
            match edit {
                Edit::Keep(mut letters) => {
                    while let (Some((had, was)), Some((has, is))) = (here.run(), there.run()) {
                        let count = letters.min(had).min(has);
                        if count == 0 {
                            break;
                        }
                        here.take(count);
                        let (text, id) = there.take(count);
                        letters -= count;
                        match line::look_alike(was, is) {
                            true => self.run(Change::Same, text, is, None, id),
                            false => self.run(Change::Changed, text, is, Some(was), id),
                        }
                    }
                }
                Edit::Delete(letters) => self.take(Change::Removed, &mut here, letters),
                Edit::Insert(letters) => self.take(Change::Added, &mut there, letters),
            }
        }
    }

    fn take(&mut self, change: Change, from: &mut Reader<'a>, mut letters: usize) {
        while letters > 0
            && let Some((left, run)) = from.run()
        {
            let count = left.min(letters);
            let (text, id) = from.take(count);
            letters -= count;
            self.run(change, text, run, None, id);
        }
    }

    fn run(
        &mut self,
        change: Change,
        text: &str,
        run: &'a Run,
        was: Option<&'a Run>,
        id: Option<Id>,
    ) {
        let letters = text.chars().count();
        match change {
            Change::Added => self.counts.added_characters += letters,
            Change::Removed => self.counts.removed_characters += letters,
            Change::Changed => self.counts.formatted_characters += letters,
            Change::Same => {}
        }
        let was = was.map(|run| &run.marks[..]);
        let push = |parts: &mut Vec<Part<'a>>, text: &str, by: Option<Person>| {
            if let Some(Part::Run {
                change: before,
                text: letters,
                marks,
                was: looked,
                by: who,
            }) = parts.last_mut()
                && (*before, *marks, *looked, &*who) == (change, &run.marks[..], was, &by)
            {
                return letters.push_str(text);
            }
            parts.push(Part::Run {
                change,
                text: text.to_owned(),
                marks: &run.marks,
                was,
                by,
            });
        };
        let (mut rest, mut id) = (text, id);
        let mut left = rest.encode_utf16().count();
        while !rest.is_empty() {
            let (by, same) = self.by(change, id, left as u32);
            let (here, behind) = line::split(rest, same as usize);
            push(&mut self.parts, here, by);
            let units = here.encode_utf16().count();
            id = id.map(|id| id.behind(units));
            left = left.saturating_sub(units);
            rest = behind;
        }
    }

    /// Who did that to what has this id, and of how many UTF-16 units from there on the
    /// same is true. Nobody did anything to what is only told at another place.
    fn by(&self, change: Change, id: Option<Id>, units: u32) -> (Option<Person>, u32) {
        match (change, id) {
            (Change::Added, Some(id)) => {
                let (known, same) = self.known.at(id, units);
                let writer = || self.credits.person(id.client);
                (known.is_none().then(writer), same)
            }
            (Change::Removed, Some(id)) => self.credits.remover(id, units),
            _ => (None, units),
        }
    }

    fn count_block(&mut self, change: Change, element: &Element) {
        if !schema::is_inline(&element.name) {
            match change {
                Change::Added => self.counts.added_blocks += 1,
                Change::Removed => self.counts.removed_blocks += 1,
                Change::Same | Change::Changed => {}
            }
        }
    }
}
