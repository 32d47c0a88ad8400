//! What is said of a node that stays.

use std::collections::BTreeSet;

use yrs::{Any, TransactionMut, Xml, XmlElementRef};

use super::alike::{self, Print};
use crate::export::schema;
use crate::export::tree::Element;

/// Says of `element`, of which is said what is said of `old`, what is said of `new`.
/// How many attributes that takes.
pub(super) fn revise(
    element: &XmlElementRef,
    old: &Element,
    new: &Element,
    txn: &mut TransactionMut<'_>,
) -> usize {
    if alike::said_of(old) == alike::said_of(new) {
        return 0;
    }
    let names: BTreeSet<_> = old.attributes.keys().chain(new.attributes.keys()).collect();
    let mut changed = 0;
    for name in names {
        if said(old, name) == said(new, name) {
            continue;
        }
        changed += 1;
        match new.attributes.get(name).filter(|value| is_said(value)) {
            Some(value) => drop(element.insert_attribute(txn, name.clone(), value.clone())),
            None => element.remove_attribute(txn, name),
        }
    }
    changed
}

fn is_said(value: &Any) -> bool {
    !matches!(value, Any::Null | Any::Undefined)
}

/// What an attribute is, if nobody says it too.
fn said(element: &Element, name: &str) -> Option<Print> {
    let unsaid = || {
        let bare = Element::named(element.name.clone());
        let known = schema::unsaid(&bare).find(|(known, _)| *known == name);
        known.map(|(_, value)| value)
    };
    let value = element.attributes.get(name).filter(|value| is_said(value));
    let value = value.cloned().or_else(unsaid).filter(is_said)?;
    Some(alike::value(&value))
}
