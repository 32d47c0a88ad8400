//! Which elements of HTML are looked at, and which of their attributes.

use std::collections::HashSet;
use std::sync::LazyLock;

use ammonia::Builder as Cleaner;

use crate::export::schema::SUGGESTED;

/// What of markup is looked at.
pub(super) static CLEANER: LazyLock<Cleaner<'static>> = LazyLock::new(|| {
    let mut cleaner = Cleaner::default();
    cleaner
        .add_tags(["input", "main", "section", "address", "u", "s", "mark"])
        .add_clean_content_tags([
            "title", "template", "iframe", "object", "svg", "noembed", "noframes",
        ])
        .add_tag_attributes("a", ["href", "title"])
        .add_tag_attributes("code", ["class"])
        .add_tag_attributes("pre", ["class", "lang"])
        .add_tag_attributes("input", ["type", "checked"])
        .add_tag_attributes("ul", ["data-type"])
        .add_tag_attributes("ol", ["start", "type"])
        .add_tag_attributes("li", ["data-type", "data-checked"])
        .add_tag_attributes("mark", ["data-color"])
        .add_tag_attributes("ins", SUGGESTED.map(|(_, name)| name))
        .add_tag_attributes("del", SUGGESTED.map(|(_, name)| name))
        .add_tag_attributes("span", ["data-type", "data-latex", "style"])
        .add_tag_attributes("b", ["style"])
        .add_tag_attributes("div", ["data-type", "data-latex"])
        .add_tag_attributes("aside", ["data-type", "data-kind"])
        .add_tag_attributes(
            "td",
            ["colspan", "rowspan", "align", "style", "data-colwidth"],
        )
        .add_tag_attributes(
            "th",
            ["colspan", "rowspan", "align", "style", "data-colwidth"],
        )
        .filter_style_properties(HashSet::from([
            "text-align",
            "font-weight",
            "font-style",
            "text-decoration",
            "text-decoration-line",
        ]))
        .url_schemes(HashSet::from(["http", "https", "mailto", "tel"]))
        .link_rel(None);
    cleaner
});

/// Whether an element means something here, or holds what does.
pub(super) fn is_known(name: &str) -> bool {
    is_boundary(name)
        || matches!(
            name,
            "a" | "b"
                | "blockquote"
                | "br"
                | "code"
                | "col"
                | "colgroup"
                | "del"
                | "em"
                | "h1"
                | "h2"
                | "h3"
                | "h4"
                | "h5"
                | "h6"
                | "head"
                | "hr"
                | "i"
                | "img"
                | "input"
                | "ins"
                | "kbd"
                | "label"
                | "li"
                | "link"
                | "mark"
                | "meta"
                | "ol"
                | "p"
                | "pre"
                | "s"
                | "samp"
                | "script"
                | "span"
                | "strike"
                | "strong"
                | "style"
                | "sub"
                | "sup"
                | "table"
                | "td"
                | "th"
                | "title"
                | "tr"
                | "tt"
                | "u"
                | "ul"
        )
}

/// Whether an element that means nothing here ends a line all the same.
pub(super) fn is_boundary(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "body"
            | "caption"
            | "center"
            | "dd"
            | "details"
            | "div"
            | "dl"
            | "dt"
            | "figcaption"
            | "figure"
            | "footer"
            | "header"
            | "html"
            | "main"
            | "nav"
            | "section"
            | "summary"
            | "tbody"
            | "tfoot"
            | "thead"
    )
}
