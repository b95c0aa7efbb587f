"""One page of a book: a template filled, cleaned of what XML forbids, and proved well-formed."""

from dataclasses import dataclass
from itertools import count
from typing import Any

from lxml import etree

from briefpub.domain.document import Direction
from briefpub.domain.errors import RenderError
from briefpub.domain.layout import Layout
from briefpub.render.book_names import NAME, UNWRITABLE, xml_name
from briefpub.render.templating import fill
from briefpub.render.words import words

SECTION = "{http://www.w3.org/1999/xhtml}section"
IDS = etree.XPath("//@id", smart_strings=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A finished page: its id in the package, its file below the book's folder, its title, its bytes."""

    id: str
    file: str
    title: str
    data: bytes


def page(
    layout: Layout,
    template: str,
    context: dict[str, Any],
    *,
    id: str,
    file: str,
    title: str,
    language: str,
    direction: Direction,
    where: str,
) -> Page:
    """Fill a template of the layout; `root` is given to it as the way to the book's folder.

    Raises LayoutError for a template that cannot be filled, RenderError, naming `where`, for a page that is
    not well-formed XML.
    """
    text = fill(
        layout,
        template,
        {
            "language": language,
            "direction": direction.value,
            "title": written(title),
            "words": words(language),
            "root": "../" * file.count("/"),
            **context,
        },
    )
    path = layout.files[template].path
    return Page(id=id, file=file, title=written(title), data=checked(text, where=where, template=path))


def written(text: str) -> str:
    """Give `text` on one line and without the characters that XML cannot hold."""
    return " ".join(UNWRITABLE.sub("", text).split(" ")).replace("\n", " ").replace("\r", " ")


def checked(text: str, *, where: str, template: str) -> bytes:
    """Give a page as UTF-8: well-formed, with valid ids, each of them once; raises RenderError."""
    data = UNWRITABLE.sub("", text).encode()
    # Made anew for each page: a libxml2 parser keeps every name it ever met.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    try:
        root = etree.fromstring(data, parser)
    except etree.XMLSyntaxError as error:
        raise RenderError(
            f"the page is not well-formed XML: {error.msg}",
            format="epub",
            where=where,
            hint=f"see {template}: every tag must be closed, and entities written as numbers (&#160;)",
        ) from error
    ids = _ids(root)
    if len(set(ids)) == len(ids) and all(map(NAME.fullmatch, ids)):
        return data
    return _with_own_ids(root)


def _ids(root: etree._Element) -> list[str]:
    found = IDS(root)
    assert isinstance(found, list)
    return [str(value) for value in found]


def _with_own_ids(root: etree._Element) -> bytes:
    """Make every id valid, and of two alike one another: a section keeps its own, else the first does."""
    taken = {xml_name(value) for value in _ids(root)}
    met: set[str] = set()
    # The contents lead to sections: where a paragraph has taken a section's id, the paragraph yields.
    for element in sorted(root.iter(etree.Element), key=lambda element: element.tag != SECTION):
        if (given := element.get("id")) is None:
            continue
        name = own = xml_name(given)
        if name in met:
            own = next(free for n in count(2) if (free := f"{name}-{n}") not in taken)
            taken.add(own)
        met.add(own)
        element.set("id", own)
    return etree.tostring(root.getroottree(), encoding="utf-8", xml_declaration=True) + b"\n"
