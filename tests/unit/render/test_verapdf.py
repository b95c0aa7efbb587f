"""The brief against veraPDF 1.29: PDF/UA-1 and PDF/A-3a, both in one file, without a remark."""

import dataclasses
import io
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from books import Shelf, arabic, default_layout, every_kind, hostile, para
from builders import a_list, an_article, an_issue
from verapdf import PROFILES, verapdf_failures

from briefpub.content.fonts import prepare_fonts
from briefpub.domain.article import Article
from briefpub.domain.document import (
    Align,
    Blocks,
    CodeBlock,
    DefinitionList,
    Direction,
    Division,
    Figure,
    InlinePicture,
    ItemList,
    LineBreak,
    Link,
    Note,
    NoteRef,
    Picture,
    Quotation,
    Rule,
    Section,
    Table,
    Text,
)
from briefpub.domain.issue import Collection, Imprint, Publication
from briefpub.render.brief import render_brief

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not shutil.which("java"), reason="veraPDF needs java: apt-get install default-jre-headless"
    ),
]
SITE = Imprint(
    name="Le Long Chemin",
    site="https://example.org",
    publisher="La Marge",
    rights="CC BY 4.0",
    contact="a@example.org",
)


@pytest.fixture(scope="module", autouse=True)
def _fonts() -> Iterator[None]:
    before = os.environ.get("FONTCONFIG_FILE")
    with tempfile.TemporaryDirectory() as folder:
        prepare_fonts(default_layout(), Path(folder))
        yield
    os.environ.pop("FONTCONFIG_FILE")
    if before is not None:
        os.environ["FONTCONFIG_FILE"] = before


def tangled(shelf: Shelf, id: str = "tangled", **changes: Any) -> Article:
    """Give an essay whose blocks stand within one another wherever the tree allows it."""

    def words(text: str) -> tuple[Text]:
        return (Text(text),)

    def link(text: str) -> Link:
        return Link(words(text), f"https://example.org/{text}")

    picture = Picture(source="p.jpg", alt="", image=shelf.photo("#2f5066"))
    inner = ItemList(items=((para("deep"),), (para("deeper"), CodeBlock(text="x = 1"))), ordered=True)
    nested = ItemList(
        items=(
            (para("one"), inner),
            (para("two ", link("map")),),
            (Quotation(blocks=(para("said"),)),),
            (Figure(picture=picture, caption=(link("caption"),)),),
        )
    )
    table = Table(
        header=(words("a"), (link("head"),), words("c")),
        rows=(((link("cell"), NoteRef("n", 1)), words("x"), ()), ((), (), ())),
        aligns=(Align.NONE, Align.START, Align.END),
        caption=(Text("Told "), link("told")),
    )
    terms = DefinitionList(items=((words("t"), ((para("a"), para("b")), (nested,))), ((link("term"),), ())))
    blocks: Blocks = (
        nested,
        table,
        terms,
        Quotation(blocks=(nested, table, CodeBlock(text="long " * 80))),
        Table(header=(words("only"),), rows=(), aligns=(Align.NONE,)),
        Table(header=(), rows=(), aligns=()),
        Division(blocks=(para("אבג", lang="he", dir=Direction.RTL),)),
        para(InlinePicture(picture), Link((InlinePicture(picture),), "https://example.org/picture")),
        para(LineBreak(), LineBreak()),
        para(),
    )
    heading = (Text("A "), link("linked"), Text(" heading"), NoteRef("n", 1, 2))
    skipped = Section(id="y", level=6, heading=(), blocks=blocks)
    note = Note(id="n", number=1, blocks=(para("N ", link("noted")), Rule(), *blocks))
    values: dict[str, Any] = {
        "sections": (Section(id="x", level=2, heading=heading, blocks=blocks, sections=(skipped,)),),
        "notes": (note,),
    }
    return an_article(id, **{**values, **changes})


def publications(shelf: Shelf) -> dict[str, Publication]:
    bare = dataclasses.replace(every_kind(shelf, "bare"), photo=None)
    return {
        "one": an_issue(every_kind(shelf), imprint=SITE),
        "issue": an_issue(every_kind(shelf), arabic(), an_article(), imprint=SITE, title="Three letters"),
        "bare": an_issue(bare, an_article(), date=None),
        "hostile": an_issue(hostile(), imprint=SITE),
        "arabic": an_issue(arabic(), arabic("b"), list=a_list(language="ar"), imprint=SITE),
        "tangled": an_issue(tangled(shelf)),
        "tangled-rtl": an_issue(
            tangled(shelf, language="ar", direction=Direction.RTL), tangled(shelf, "other"), imprint=SITE
        ),
        "collection": Collection(
            slug="w", title="The Winter", imprint=SITE, language="fr", articles=(an_article(), arabic())
        ),
    }


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", sorted(publications(Shelf())))
def test_it_conforms(name: str, profile: str, tmp_path: Path) -> None:
    shelf = Shelf()
    file = tmp_path / "brief.pdf"
    file.write_bytes(render_brief(publications(shelf)[name], default_layout(), shelf).data)
    assert verapdf_failures(file, profile) == []


def test_the_witness_sees_what_is_wrong(tmp_path: Path) -> None:
    shelf = Shelf()
    data = render_brief(publications(shelf)["one"], default_layout(), shelf).data
    file = tmp_path / "brief.pdf"
    with pikepdf.open(io.BytesIO(data)) as pdf:
        del pdf.Root.ViewerPreferences
        pdf.save(file)
    assert any("7.1" in failure for failure in verapdf_failures(file, "PDFUA_1"))
