"""Essays of every kind, a shelf of pictures, and an opened book, for the tests of the compilation."""

import hashlib
import io
import zipfile
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from builders import an_article
from lxml import etree
from PIL import Image as Pillow

from briefpub.content.layouts import LayoutFolder
from briefpub.domain.article import Article, Photo, RelatedLink
from briefpub.domain.document import (
    Align,
    Attributes,
    Code,
    CodeBlock,
    DefinitionList,
    Direction,
    Division,
    Emphasis,
    Figure,
    Heading,
    Image,
    Inline,
    InlinePicture,
    ItemList,
    LineBreak,
    Link,
    Mark,
    Note,
    NoteRef,
    Paragraph,
    Passage,
    Picture,
    Quotation,
    Rule,
    Section,
    Strike,
    Strong,
    Subscript,
    Superscript,
    Table,
    Text,
)
from briefpub.domain.errors import ContentError
from briefpub.domain.layout import Layout
from briefpub.domain.pictures import PictureUse, Rendition

XHTML = "{http://www.w3.org/1999/xhtml}"
NS = {
    "h": "http://www.w3.org/1999/xhtml",
    "opf": "http://www.idpf.org/2007/opf",
    "dc": "http://purl.org/dc/elements/1.1/",
    "ncx": "http://www.daisy.org/z3986/2005/ncx/",
}
EPUB_TYPE = "{http://www.idpf.org/2007/ops}type"
HOSTILE = "<&>\"' ]]> --> {{ 7 * 7 }} {% raw %} &nbsp; \u202e <script>alert(1)</script>"


@lru_cache(maxsize=1)
def default_layout() -> Layout:
    return LayoutFolder(None).read("default")


@dataclass
class Shelf:
    """Pictures in memory; what is drawn is kept as a small JPEG, so that no test waits for a large one."""

    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[tuple[str, PictureUse]] = field(default_factory=list)

    def photo(self, colour: str = "#c08a3e", *, size: tuple[int, int] = (120, 80)) -> Image:
        return self._filed(colour, size)

    def keep(self, data: bytes) -> Image:
        with Pillow.open(io.BytesIO(data)) as drawn:
            return self._filed(f"#{hashlib.sha256(data).hexdigest()[:6]}", drawn.size)

    def rendition(self, image: Image, use: PictureUse) -> Rendition:
        self.asked.append((image.sha256, use))
        if image.sha256 not in self.files:
            raise ContentError("there is no such picture", path=image.sha256)
        return Rendition(
            data=self.files[image.sha256],
            width=image.width,
            height=image.height,
            media_type=image.media_type,
            sha256=image.sha256,
        )

    def _filed(self, colour: str, size: tuple[int, int]) -> Image:
        buffer = io.BytesIO()
        Pillow.new("RGB", size, colour).save(buffer, "JPEG", quality=30)
        sha256 = hashlib.sha256(buffer.getvalue()).hexdigest()
        self.files[sha256] = buffer.getvalue()
        return Image(sha256=sha256, width=size[0], height=size[1], media_type="image/jpeg")


class OpenBook:
    """A compilation, unzipped and parsed as a reader would."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.zip = zipfile.ZipFile(io.BytesIO(data))
        self.names = self.zip.namelist()

    @cached_property
    def opf(self) -> Any:
        return self.tree("content.opf")

    @cached_property
    def manifest(self) -> dict[str, Any]:
        return {item.get("href"): item for item in self.opf.findall(".//opf:manifest/opf:item", NS)}

    @property
    def spine(self) -> list[str]:
        by_id = {item.get("id"): href for href, item in self.manifest.items()}
        return [by_id[ref.get("idref")] for ref in self.opf.findall(".//opf:spine/opf:itemref", NS)]

    @property
    def chapters(self) -> list[str]:
        return [href for href in self.spine if href.startswith("text/")]

    def tree(self, file: str) -> Any:
        return etree.fromstring(self.zip.read(f"EPUB/{file}"))

    def text(self, file: str) -> str:
        return self.zip.read(f"EPUB/{file}").decode()

    def ids(self, file: str) -> list[str]:
        return [str(value) for value in self.tree(file).xpath("//@id")]

    def metas(self, property: str) -> list[str]:
        return [meta.text for meta in self.opf.findall(f".//opf:meta[@property='{property}']", NS)]

    def dc(self, name: str) -> list[str]:
        return [element.text for element in self.opf.findall(f".//dc:{name}", NS)]


def para(*children: Inline | str, **attrs: Any) -> Paragraph:
    inlines = tuple(Text(child) if isinstance(child, str) else child for child in children)
    return Paragraph(children=inlines, attrs=Attributes(**attrs))


def every_kind(shelf: Shelf, id: str = "every-kind", **changes: Any) -> Article:
    """Give an essay with every block, every inline, notes met twice, sections in sections."""
    words = (Text("mots"),)
    picture = Picture(source="p.jpg", alt="Une barge.", image=shelf.photo("#2f5066"))
    absent = Picture(source="gone.jpg", alt="Une péniche que l’on n’a plus.")
    lead = (
        para(
            "Des ",
            Emphasis(words),
            Strong(words),
            Strike(words),
            Superscript((Text("e"),)),
            Subscript(words),
            Mark(words),
            Code("a < b && c"),
            Passage(words, Attributes(lang="en", dir=Direction.LTR, classes=("term",))),
            LineBreak(),
            Link(words, "https://example.org/a b?c=é&d", "Un <titre>"),
            NoteRef("a", 1),
            InlinePicture(picture),
            InlinePicture(absent),
        ),
        para("Ancré", id="anchor"),
    )
    blocks = (
        Heading(level=4, children=words, attrs=Attributes(id="loose")),
        ItemList(items=((para("un"),), (para("deux"), para("trois")))),
        ItemList(items=((para("sept"),),), ordered=True, start=7),
        DefinitionList(items=((words, ((para("sens"),), (para("autre"), para("sens")))),)),
        Quotation(blocks=(para("dit-il"), Heading(level=5, children=words))),
        Quotation(blocks=(para("en grand"),), attrs=Attributes(classes=("pullquote",))),
        CodeBlock(text="if a < b:\n\treturn 1", language="python"),
        CodeBlock(text="x", attrs=Attributes(dir=Direction.LTR)),
        Figure(picture=picture, caption=(Text("Légende"), NoteRef("b", 2))),
        Figure(picture=absent),
        Table(
            header=(words, words, words),
            rows=((words, words, words),),
            aligns=(Align.NONE, Align.CENTER, Align.END),
            caption=words,
        ),
        Table(header=((), ()), rows=((words, ()),), aligns=(Align.START, Align.NONE)),
        Rule(),
        Division(blocks=(para("in English"),), attrs=Attributes(lang="en", classes=("aside",))),
        para("encore ", NoteRef("a", 1, 2), Link((Text("là"),), "#deep"), Link((Text("ailleurs"),), "#gone")),
    )
    values: dict[str, Any] = {
        "title": "Tout l’attirail",
        "language": "fr",
        "standfirst": (Text("Où l’on met "), Emphasis((Text("tout"),)), Text(".")),
        "authors": ("Odile Carnère",),
        "lead": lead,
        "sections": (
            Section(
                id="first",
                level=2,
                heading=(Text("Premier "), Emphasis((Text("titre"),))),
                blocks=blocks,
                sections=(
                    Section(
                        id="deep",
                        level=3,
                        heading=(Text("Plus bas"),),
                        blocks=(para("."),),
                        sections=(Section(id="deeper", level=4, heading=(Text("Au fond"),)),),
                    ),
                ),
            ),
            Section(id="second", level=2, heading=(Text("Second titre"),), blocks=(para("Fin."),)),
        ),
        "notes": (
            Note(id="a", number=1, blocks=(para("Une note."),)),
            Note(id="b", number=2, blocks=(para("Deux."), para("Voir ", NoteRef("a", 1, 3)))),
            Note(id="c", number=3, blocks=(para("Que rien n’appelle."),)),
        ),
        "related": (
            RelatedLink(title="Ailleurs", address="https://example.org/x"),
            RelatedLink(title="Sans adresse"),
            RelatedLink(title="Du même auteur", address="https://example.org/y", group="Archives"),
        ),
        "photo": Photo(
            picture=Picture(source="photo.jpg", alt="Un quai vide.", image=shelf.photo("#9c2a18")),
            caption=(Text("Le quai"),),
            credit="O. C.",
        ),
    }
    return an_article(id, **{**values, **changes})


def arabic(id: str = "article-1f2e3d4c", **changes: Any) -> Article:
    """Give an Arabic essay with a section whose id is in its own letters, and a note."""
    values: dict[str, Any] = {
        "title": "خرائط تُرسَم بالأقدام",
        "language": "ar",
        "direction": Direction.RTL,
        "authors": ("ريم الصفدي",),
        "lead": (para("سألتُ يومًا بقّالًا", NoteRef("n", 1)),),
        "sections": (Section(id="النقطة", level=2, heading=(Text("النقطة الزرقاء"),), blocks=(para("."),)),),
        "notes": (Note(id="n", number=1, blocks=(para("هامش."),)),),
    }
    return an_article(id, **{**values, **changes})


def hostile(id: str = "hostile", **changes: Any) -> Article:
    """Give an essay whose every text, address and id was written to break a book."""
    words = (Text(HOSTILE),)
    controls = "a\x00b\x08c\x0bd\x1fe\x7ff\x85g\ufffeh\ud800i"
    hrefs = (
        "javascript:alert(1)",
        "https://",
        "https://exa mple.org/<a>",
        "http://[::1",
        "https://example.org:99999/",
        "https://éxample.org/ü?q=[1]|{2}\\^`",
        "mailto:a b@example.org",
        "data:text/html,x",
        "../../etc/passwd",
        "article:nowhere#x",
        "#2 bad id",
        "https://example.org/%zz",
    )
    values: dict[str, Any] = {
        "title": HOSTILE,
        "authors": (HOSTILE, controls),
        "standfirst": words,
        "lead": (
            para(Text(controls), *words, Code(HOSTILE), *(Link(words, href, HOSTILE) for href in hrefs)),
        ),
        "sections": (
            Section(id="2 bad id", level=2, heading=words, blocks=(para(*words, id="twice"),)),
            Section(
                id="twice", level=2, heading=(), blocks=(para("x", id="<&\"'>", classes=("a<b", "\"c'")),)
            ),
            Section(id=f"essay.{id}", level=2, heading=(Text(controls),)),
            Section(id="note.1", level=2, heading=(Text("Note 1"), NoteRef('x"y', 1))),
            Section(id="twice-2", level=2, heading=(Text("\n two \r\n lines"),)),
        ),
        "notes": (Note(id='x"y', number=1, blocks=(CodeBlock(text=HOSTILE, language='"><b>'),)),),
        "related": (RelatedLink(title=HOSTILE, address="https://example.org/?<&>\"'"),),
        "tags": (HOSTILE,),
    }
    return an_article(id, **{**values, **changes})
