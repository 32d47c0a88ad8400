//! A mark on words of a document, such as that of a comment.

use super::copy;
use crate::export::schema;
use crate::export::tree::{Builder, Mark, Run, Step, Tree};

/// A document with a mark on words: where they stand for this time, from 0, in one
/// block. What stands in code cannot bear it and does not count. `None`: they stand
/// nowhere so often.
pub fn mark(tree: &Tree, find: &str, skip: usize, mark: &Mark) -> Option<Tree> {
    if find.is_empty() {
        return None;
    }
    let mut builder = Builder::default();
    let mut line: Vec<&Run> = Vec::new();
    let mut left = Some(skip);
    for step in tree.steps() {
        if let Step::Run(run) = step {
            line.push(run);
            continue;
        }
        mark_line(
            &std::mem::take(&mut line),
            find,
            &mut left,
            mark,
            &mut builder,
        );
        match step {
            Step::Enter(_, element) => builder.open(element.clone()),
            Step::Leave(_) => builder.close(),
            Step::Run(_) => {}
        }
    }
    mark_line(&line, find, &mut left, mark, &mut builder);
    left.is_none().then(|| builder.finish())
}

/// `left`: how many times the words are passed over still; `None` once they are marked.
fn mark_line(
    line: &[&Run],
    find: &str,
    left: &mut Option<usize>,
    mark: &Mark,
    builder: &mut Builder,
) {
    let text: String = line.iter().map(|run| run.text.as_str()).collect();
    let parent = builder.at(builder.depth());
    let known = parent.and_then(|parent| schema::node_type(&parent.name));
    let bears = known.is_none_or(|known| known.holds != schema::Holds::Code);
    let mut found = None;
    // The run in which the last match began, and where it begins itself: matches come in
    // order, so no run before it is looked at again.
    let (mut first, mut start) = (0, 0);
    for (at, _) in text.match_indices(find).filter(|_| bears) {
        let Some(skip) = left else {
            break;
        };
        while let Some(run) = line.get(first).filter(|run| start + run.text.len() <= at) {
            start += run.text.len();
            first += 1;
        }
        let mut begin = start;
        let all_code = line[first..]
            .iter()
            .take_while(|run| {
                let is_here = begin < at + find.len();
                begin += run.text.len();
                is_here
            })
            .all(|run| run.mark(schema::CODE).is_some());
        if all_code {
            continue;
        }
        match skip.checked_sub(1) {
            Some(less) => *skip = less,
            None => {
                found = Some(at);
                *left = None;
            }
        }
    }
    let Some(at) = found else {
        return copy(line, 0..text.len(), builder);
    };
    copy(line, 0..at, builder);
    let mut begin = 0;
    for run in line {
        let end = begin + run.text.len();
        let (from, to) = (at.max(begin), (at + find.len()).min(end));
        if from < to {
            let mut marks = run.marks.clone();
            if run.mark(schema::CODE).is_none() {
                marks.push(mark.clone());
            }
            builder.run(&run.text[from - begin..to - begin], marks);
        }
        begin = end;
    }
    copy(line, at + find.len()..text.len(), builder);
}
