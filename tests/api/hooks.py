"""What schemathesis cannot make up: names of documents that are there, and what they gave out.

What is known takes the place of what was made up by a checksum of that, so that a seed says
everything. What is to be deleted is made right before, so that it is there whatever was
deleted earlier.
"""

import itertools
import json
import os
import zlib
from urllib.parse import quote, unquote

import schemathesis
from client import Client
from hypothesis import strategies as st
from schemathesis.core.failures import AcceptedNegativeData
from schemathesis.core.parameters import ParameterLocation
from schemathesis.openapi.checks import UseAfterFree

# What tests/api/run.py put into the server before.
KNOWN = json.loads(os.environ["COWRITE_KNOWN"])
SERVER = Client(os.environ["COWRITE_URL"])

# Of so many calls one is sent as it was made up.
STAYS = 6


def among(known, chance):
    """One of `known`, or nothing."""
    return None if chance % STAYS == 0 else known[chance // STAYS % len(known)]


def chance_of(*values):
    return zlib.crc32(repr(values).encode("utf-8", "surrogatepass"))


def is_sound(name):
    return isinstance(name, str) and name and not any(ord(c) < 32 or 127 <= ord(c) < 160 for c in name)


def there(parameters, chance):
    """Parameters of a path to what is there, or none. A comment is one of its document, and a message one of its comment."""
    if "comment" not in parameters:
        name = among(KNOWN["names"], chance)
        return {"name": quote(name, safe="")} if name else {}
    entry = among(KNOWN["comments"], chance)
    if not entry:
        return {}
    name, comment, messages = entry
    found = {"name": quote(name, safe=""), "comment": comment, "message": messages[chance % len(messages)]}
    return {key: found[key] for key in found if key in parameters}


NUMBERS = itertools.count()


def doomed(path):
    """Parameters of a path to what nobody else needs, made for this."""
    number = next(NUMBERS)
    name = f"doomed/{number}"
    document = SERVER.document(name, "Who will write this?")
    made = {"name": quote(name, safe="")}
    if "{hash}" in path:
        made["hash"] = SERVER.file(document, {"picture": number})
    if "{comment}" in path:
        made["comment"], messages = SERVER.comment(document, number)
        if "{message}" in path:
            made["message"] = messages[-1]
    return made


@schemathesis.hook
def before_call(context, case, kwargs):
    operation, query, headers = case.operation, case.query or {}, case.headers or {}
    chance = chance_of(operation.label, case.path_parameters, query, dict(headers), case.body)
    phase = case.meta.phase.name.value if case.meta else ""
    # Links have names of their own. What the rest reads is not deleted.
    if phase != "stateful" and is_sound((case.path_parameters or {}).get("name")):
        if operation.method == "delete":
            found = doomed(operation.path) if chance % STAYS else {}
        else:
            found = there(case.path_parameters, chance)
        # What is set is thought to be changed, and judged anew as it is, encoded: a name that
        # was made up to be wrong would be taken for a good one.
        if found:
            at = case.path_parameters.get("at")
            # Of a moment the colons stay what they are in a path, or it is judged as none.
            if isinstance(at, str):
                found["at"] = quote(unquote(at), safe=":+")
            case.path_parameters |= found
    if "If-None-Match" in headers and operation.method in ("get", "head"):
        headers["If-None-Match"] = among(KNOWN["tags"], chance) or headers["If-None-Match"]
    if "If-Match" in headers:
        headers["If-Match"] = among([*KNOWN["tags"][:4], *["*"] * 12], chance) or headers["If-Match"]
        # A document of OpenAPI cannot say that two headers exclude each other; tests/writing.rs does.
        if "If-None-Match" in headers:
            del headers["If-None-Match"]
    author = headers.get("X-Cowrite-Author")
    if isinstance(author, str):
        # UTF-8, which the client would send as Latin-1.
        headers["X-Cowrite-Author"] = author.encode("utf-8", "surrogatepass").decode("latin-1")
    # Nor that two parameters do: authors are told in JSON only.
    if str(query.get("authors")).lower() == "true" and query.get("format") not in (None, "json"):
        del case.query["authors"]
    # Comments are told as they are now, of documents and in formats that have a place for them.
    if str(query.get("comments")).lower() == "true" and operation.path.endswith("/content"):
        for other in ("at", "authors"):
            case.query.pop(other, None)
        if query.get("format") not in (None, "json", "markdown", "html"):
            case.query.pop("format", None)
    # Nor that a name stands in the query only beside a state; tests/branches.rs does.
    if operation.label == "POST /api/documents/{name}/versions" and case.media_type == "application/json":
        (case.query or {}).pop("name", None)
    # Nor can it say that `format` overrules the type of the body; tests/writing.rs does.
    if KINDS.get(query.get("format") if isinstance(query.get("format"), str) else "", case.media_type) != case.media_type:
        del case.query["format"]


KINDS = {"json": "application/json", "markdown": "text/markdown", "html": "text/html", "text": "text/plain"}
KINDS |= {"yjs": "application/octet-stream"}


@schemathesis.hook
def map_body(context, body):
    """Looks for what is there, most of the time."""
    operations = body.get("operations") if isinstance(body, dict) else None
    for operation in operations if isinstance(operations, list) else []:
        for place in ("find", "after", "before"):
            if isinstance(operation, dict) and isinstance(operation.get(place), str) and operation[place]:
                operation[place] = among(KNOWN["words"], chance_of(operation)) or operation[place]
    return body


# Documents that were deleted and are back.
RESTORED = set()


@schemathesis.hook
def after_call(context, case, response):
    name = (case.path_parameters or {}).get("name")
    if case.operation.label == "POST /api/documents/{name}/restore" and response.status_code == 200:
        RESTORED.add(name)
    if case.operation.label == "DELETE /api/documents/{name}":
        RESTORED.discard(name)


@schemathesis.hook
def filter_failure(context, failure, case, response):
    # What was deleted is to be gone, unless it was restored, which schemathesis does not know.
    if isinstance(failure, UseAfterFree):
        return case.path_parameters["name"] not in RESTORED
    # Every text is Markdown and HTML, so nothing that is sent as one is wrong.
    if isinstance(failure, AcceptedNegativeData) and case.media_type in ("text/markdown", "text/html"):
        others = (ParameterLocation.PATH, ParameterLocation.QUERY, ParameterLocation.HEADER)
        return any(case.meta.is_negative_at(place) for place in others)
    return True


@schemathesis.serializer("text/markdown", "text/html")
def as_it_is(context, value):
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")


VISIBLE = st.characters(exclude_categories=["Cc", "Cs"])


def can_be_new(name):
    """Whether no part of a name is one that browsers take out of addresses."""
    return not {".", ".."} & set(name.split("/"))


schemathesis.openapi.format(
    "document-name",
    st.sampled_from(KNOWN["names"]) | st.text(VISIBLE, min_size=1, max_size=40).filter(can_be_new),
)
schemathesis.openapi.format("cursor", st.sampled_from(KNOWN["cursors"]))
schemathesis.openapi.format("version-cursor", st.sampled_from(KNOWN["version_cursors"]))
schemathesis.openapi.format("search-cursor", st.sampled_from(KNOWN["search_cursors"]))
schemathesis.openapi.format("backlink-cursor", st.sampled_from(KNOWN["backlink_cursors"]))
schemathesis.openapi.format("author-cursor", st.sampled_from(KNOWN["author_cursors"]))
schemathesis.openapi.format("file-cursor", st.sampled_from(KNOWN["file_cursors"]))
schemathesis.openapi.format("file-id", st.sampled_from(KNOWN["files"]))
schemathesis.openapi.format("state-vector", st.sampled_from(KNOWN["vectors"]))

MARKDOWN = ["# ", "\n", "\n\n", "- [x] ", "1. ", "> ", "```", "$$", "|a|b|\n|-|-|\n", "**", "~~", "`", "[a](b)", "![](c)", "<b>", "---\n", "  "]
HTML = ["<h1>", "<p>", "</p>", "<table><tr><td>", "</table>", "<ul><li>", "<pre><code>", "<a href='javascript:x'>", "<img src=x>", "<svg><script>", "<!--", "&nbsp;", "<br>", "<template>"]


def pieces(known):
    """A text with `known` pieces in it."""
    return st.lists(st.sampled_from(known) | st.text(max_size=8), max_size=12).map("".join)


schemathesis.openapi.format("markdown", pieces(MARKDOWN))
schemathesis.openapi.format("html", pieces(HTML))
schemathesis.openapi.media_type(
    "application/octet-stream",
    st.sampled_from([bytes.fromhex(update) for update in KNOWN["updates"]]) | st.binary(max_size=64),
)
