//! Documents as text, to compare and to read.

use std::collections::BTreeMap;

use cowrite::wire::guard::hidden_name;
use yrs::branch::{Branch, BranchPtr};
use yrs::types::text::YChange;
use yrs::{
    Any, Array, ArrayRef, Doc, GetString, Map, Out, ReadTxn, Text, TextRef, Transact,
    TransactionMut, WriteTxn, Xml, XmlFragment,
};

/// Fails with the lines in which two documents differ.
pub fn assert_same(one: &Doc, other: &Doc, story: &str) {
    let (one, other) = (show(one), show(other));
    if one == other {
        return;
    }
    let lines = |shown: &BTreeMap<String, String>| -> Vec<String> {
        shown
            .iter()
            .flat_map(|(name, lines)| lines.lines().map(move |line| format!("{name} {line}")))
            .collect()
    };
    let (one, other) = (lines(&one), lines(&other));
    let only = |these: &[String], those: &[String]| -> Vec<String> {
        these
            .iter()
            .filter(|line| !those.contains(line))
            .take(3)
            .cloned()
            .collect()
    };
    panic!(
        "{story}: only here {:?}, only there {:?}",
        only(&one, &other),
        only(&other, &one)
    );
}

/// The elements of a list. yrs never comes back from iterating over a list
/// that holds text with surrogate pairs, as only hostile ones do; of such a
/// list the shared types and text are shown, read the way texts are.
pub fn elements<T: ReadTxn>(txn: &T, list: &impl AsRef<Branch>) -> Vec<Out> {
    let branch = BranchPtr::from(list.as_ref());
    let parts: Vec<Out> = TextRef::from(branch)
        .diff(txn, YChange::identity)
        .into_iter()
        .map(|diff| diff.insert)
        .collect();
    if parts
        .iter()
        .any(|part| matches!(part, Out::Any(Any::String(_))))
    {
        return parts;
    }
    ArrayRef::from(branch).iter(txn).collect()
}

/// A document as text, every root read in every way there is, without
/// recursion: a hostile document may be deep.
pub fn show(doc: &Doc) -> BTreeMap<String, String> {
    let mut names: Vec<String> = {
        let txn = doc.transact();
        txn.root_refs().map(|(name, _)| name.to_owned()).collect()
    };
    names.sort();
    let mut txn = doc.transact_mut();
    let mut shown = BTreeMap::new();
    for name in names {
        let (text, map, list, xml) = (
            txn.get_or_insert_text(name.as_str()),
            txn.get_or_insert_map(name.as_str()),
            txn.get_or_insert_array(name.as_str()),
            txn.get_or_insert_xml_fragment(name.as_str()),
        );
        if text.len(&txn) == 0 && map.len(&txn) == 0 {
            continue;
        }
        let mut out = String::new();
        let mut todo = vec![
            (String::from("t"), Out::YText(text)),
            ("m".into(), Out::YMap(map)),
            ("l".into(), Out::YArray(list)),
            ("x".into(), Out::YXmlFragment(xml)),
        ];
        while let Some((path, node)) = todo.pop() {
            if out.len() > 1 << 20 {
                out.push('…');
                break;
            }
            out.push_str(&format!("\n{path}: "));
            show_node(&txn, &path, node, &mut todo, &mut out);
        }
        shown.insert(name, out);
    }
    shown
}

fn show_node(
    txn: &TransactionMut<'_>,
    path: &str,
    node: Out,
    todo: &mut Vec<(String, Out)>,
    out: &mut String,
) {
    let children = |todo: &mut Vec<(String, Out)>, children: Vec<Out>| {
        for (index, child) in children.into_iter().enumerate().rev() {
            todo.push((format!("{path}/{index}"), child));
        }
    };
    match node {
        Out::Any(any) => out.push_str(&show_any(&any)),
        Out::YText(text) => show_text(txn, &text, path, todo, out),
        Out::YXmlText(text) => {
            let mut attributes: Vec<String> = text
                .attributes(txn)
                .map(|(k, v)| format!("{k}={}", show_leaf(&v)))
                .collect();
            attributes.sort();
            out.push_str(&attributes.join(" "));
            show_text(txn, &text, path, todo, out);
        }
        Out::YArray(list) => {
            out.push_str(&list.len(txn).to_string());
            children(todo, elements(txn, &list));
        }
        Out::YMap(map) => {
            let mut entries: Vec<(String, Out)> = map
                .iter(txn)
                .map(|(key, value)| (format!("{path}/{key}"), value))
                .collect();
            entries.sort_by(|a, b| b.0.cmp(&a.0));
            todo.append(&mut entries);
        }
        Out::YXmlElement(element) => {
            let mut attributes: Vec<String> = element
                .attributes(txn)
                .map(|(k, v)| format!("{k}={}", show_leaf(&v)))
                .collect();
            attributes.sort();
            out.push_str(&format!(
                "<{:?} {}>",
                element.try_tag(),
                attributes.join(" ")
            ));
            children(todo, elements(txn, &element));
        }
        Out::YXmlFragment(fragment) => {
            out.push_str(&fragment.len(txn).to_string());
            children(todo, elements(txn, &fragment));
        }
        Out::YDoc(doc) => out.push_str(&format!("doc {:?}", doc.guid())),
        Out::UndefinedRef(branch) => out.push_str(&format!("undefined {}", branch.len())),
    }
}

fn show_text<T: Text + AsRef<Branch>>(
    txn: &TransactionMut<'_>,
    text: &T,
    path: &str,
    todo: &mut Vec<(String, Out)>,
    out: &mut String,
) {
    let string = TextRef::from(BranchPtr::from(text.as_ref())).get_string(txn);
    out.push_str(&format!("{} {string:?}", text.len(txn)));
    for (index, diff) in text.diff(txn, YChange::identity).into_iter().enumerate() {
        let mut attributes: Vec<String> = diff
            .attributes
            .iter()
            .flat_map(|attributes| attributes.iter())
            .map(|(key, value)| format!("{key}={}", show_any(value)))
            .collect();
        attributes.sort();
        if !attributes.is_empty() {
            out.push_str(&format!(" {index}[{}]", attributes.join(",")));
        }
        if !matches!(&diff.insert, Out::Any(Any::String(_))) {
            todo.push((format!("{path}/{index}"), diff.insert));
        }
    }
}

fn show_leaf(out: &Out) -> String {
    match out {
        Out::Any(any) => show_any(any),
        _ => "…".into(),
    }
}

/// Values have at most 64 levels: recursion is safe here.
fn show_any(any: &Any) -> String {
    match any {
        Any::Buffer(bytes) if let Some(name) = hidden_name(bytes) => format!("doc {name:?}"),
        Any::Map(map) => {
            let mut entries: Vec<String> = map
                .iter()
                .map(|(key, value)| format!("{key:?}:{}", show_any(value)))
                .collect();
            entries.sort();
            format!("{{{}}}", entries.join(","))
        }
        Any::Array(values) => {
            format!(
                "[{}]",
                values.iter().map(show_any).collect::<Vec<_>>().join(",")
            )
        }
        // A number that is whole may come back as an integer.
        Any::Number(yrs::Number::Int(number)) => format!("{}", *number as f64),
        Any::Number(yrs::Number::Float(number)) => format!("{number}"),
        other => format!("{other:?}"),
    }
}
