"""Tables written in HTML become tables of the document tree: one header row, even rows."""

from collections.abc import Callable

from briefpub.content.html_nodes import Element
from briefpub.domain.document import Align, Attributes, Inlines, Table

ALIGNS = {"left": Align.START, "center": Align.CENTER, "right": Align.END}


def table_of(table: Element, words: Callable[[Element], Inlines], attrs: Attributes) -> Table | None:
    """Give the table, or None when it has no cell; cells that span columns take the first of them."""
    rows = [[cell for cell in row.elements() if cell.tag in {"td", "th"}] for row in table.find("tr")]
    rows = [row for row in rows if row]
    if not rows:
        return None
    width = max(len(row) for row in rows)
    captions = [words(caption) for caption in table.find("caption")]
    headed = len(rows) > 1 and all(cell.tag == "th" for cell in rows[0])
    cells = [tuple(words(cell) for cell in row) + ((),) * (width - len(row)) for row in rows]
    aligns = [
        next((align for row in rows if (align := _align(row, column))), Align.NONE) for column in range(width)
    ]
    return Table(
        header=cells[0] if headed else (),
        rows=tuple(cells[1:] if headed else cells),
        aligns=tuple(aligns),
        caption=next((caption for caption in captions if caption), ()),
        attrs=attrs,
    )


def _align(row: list[Element], column: int) -> Align:
    written = row[column].attrs.get("align", "") if column < len(row) else ""
    return ALIGNS.get(written.lower(), Align.NONE)
