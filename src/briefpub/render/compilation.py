"""The compilation: a publication as one EPUB 3.3 book (the only file that knows EbookLib).

EbookLib 0.20 models the package and writes its document; pages, contents and zip are ours, because its own
path loses text, dates each build and answers a failed write with False.
"""

from typing import Any, Self

from ebooklib import epub
from lxml import etree

from briefpub.domain.document import Direction
from briefpub.domain.errors import RenderError
from briefpub.domain.issue import Edition, Format, Publication
from briefpub.domain.layout import Layout
from briefpub.domain.pictures import Pictures, PictureUse
from briefpub.render.book import Book
from briefpub.render.book_chapter import Chapters, Member
from briefpub.render.book_contents import Entry, Landmark, as_ncx, chapter_entry
from briefpub.render.book_metadata import Statement, modified, statements
from briefpub.render.book_names import Crosslinks, chapter_files
from briefpub.render.book_page import Page
from briefpub.render.book_zip import BookZip
from briefpub.render.cover import draw_cover
from briefpub.render.styles import resolved
from briefpub.render.words import word

FOLDER = "EPUB"
XHTML = "application/xhtml+xml"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def render_compilation(publication: Publication, layout: Layout, pictures: Pictures) -> Edition:
    """Make the EPUB edition: valid for EPUBCheck 5.3, the same bytes for the same input.

    Each page and picture is written as soon as it is made, so that a thousand essays take no more memory
    than the book itself. Raises LayoutError, RenderError (naming the article), ContentError.
    """
    if not publication.articles:
        raise RenderError("there is no essay to make a book of", format="epub", where=publication.key)
    with _Package(publication) as package:
        return Edition(format=Format.EPUB, data=_made(package, publication, layout, pictures))


def _made(package: "_Package", publication: Publication, layout: Layout, pictures: Pictures) -> bytes:
    book = Book(publication=publication, layout=layout)
    drawn = pictures.rendition(pictures.keep(draw_cover(publication, layout)), PictureUse.COVER)
    cover = Member(file=f"img/cover{drawn.extension}", media_type=drawn.media_type, data=drawn.data)
    package.keep(cover, epub.EpubCover(uid="cover-image", file_name=cover.file))
    package.keep(
        Member(file="css/epub.css", media_type="text/css", data=resolved(layout, "epub.css").encode())
    )

    described = all(
        picture.alt.strip()
        for article in publication.articles
        for picture in article.pictures()
        if picture.image
    )
    files = chapter_files(publication)
    write = Chapters(
        publication=publication,
        layout=layout,
        pictures=pictures,
        links=Crosslinks(publication=publication, files=files),
        keep=package.keep,
    ).chapter
    front = [book.cover(cover.file, drawn.width, drawn.height), book.title()]
    chapters = [
        package.page(write(article, file)) for article, file in zip(publication.articles, files, strict=True)
    ]
    back = [
        page
        for page in (book.authors(chapters), book.colophon(pictures_described=described))
        if page is not None
    ]
    entries = [
        *(
            chapter_entry(publication, article, page)
            for article, page in zip(publication.articles, chapters, strict=True)
        ),
        *(Entry(title=page.title, href=page.file) for page in back),
    ]
    contents = book.contents(entries, _landmarks(publication, front, chapters[0], back))
    for page in (*front, *back):
        package.page(page)
    package.page(contents, epub.EpubNav(uid=contents.id, file_name=contents.file))
    ncx = Member(file="toc.ncx", media_type="application/x-dtbncx+xml", data=as_ncx(publication, entries))
    package.keep(ncx, epub.EpubNcx(uid="ncx", file_name=ncx.file))
    return package.finished(
        [*front, contents, *chapters, *back],
        statements(publication, pictures_described=described),
    )


class _Package:
    """The package being made: EbookLib's model of it beside the zip that its members go into at once."""

    def __init__(self, publication: Publication) -> None:
        self._publication = publication
        self._zip = BookZip()
        self._items: dict[str, Any] = {}
        self._model = epub.EpubBook()
        self._model.FOLDER_NAME = FOLDER
        self._model.metadata.clear()
        self._model.set_identifier(publication.identifier.urn)
        self._model.language = publication.language
        self._model.title = publication.headline
        if publication.direction is Direction.RTL:
            self._model.set_direction(Direction.RTL.value)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the zip, also when a page could not be made."""
        self._zip.abandon()

    def keep(self, member: Member, item: Any = None) -> None:
        """Write a member that no reader turns to as a page."""
        if item is None:
            item = epub.EpubItem(uid=member.file.replace("/", "-"), file_name=member.file)
        item.media_type = member.media_type
        self._zip.add(f"{FOLDER}/{member.file}", member.data)
        self._model.add_item(item)

    def page(self, page: Page, item: Any = None) -> Page:
        """Write a page of the spine."""
        if item is None:
            item = epub.EpubItem(uid=page.id, file_name=page.file)
        self._items[page.file] = item
        self.keep(Member(file=page.file, media_type=XHTML, data=page.data), item)
        return page

    def finished(self, spine: list[Page], said: list[Statement]) -> bytes:
        """Write the package document and give the book; raises RenderError when something was lost."""
        for statement in said:
            namespace = "DC" if statement.dublin else None
            self._model.add_metadata(namespace, statement.name, statement.text, statement.attributes)
        self._model.spine = [self._items[page.file] for page in spine]
        writer = _Writer(None, self._model, {"mtime": modified(self._publication)})
        writer.out = self._zip
        writer._write_container()  # noqa: SLF001
        writer._write_opf()  # noqa: SLF001
        # EbookLib drops metadata it cannot write with no more than a line in a log.
        if writer.stated != len(said) + 2:
            raise RenderError(
                f"{len(said) + 2 - writer.stated} statements of the metadata were lost", format="epub"
            )
        written = sum(name.startswith(f"{FOLDER}/text/") for name in self._zip.names)
        if written != len(self._publication.articles) or len(spine) != len(set(self._items)):
            raise RenderError(
                f"{len(self._publication.articles)} essays went in, {written} came out", format="epub"
            )
        return self._zip.finished()


class _Writer(epub.EpubWriter):  # type: ignore[misc]  # EbookLib has no types
    """EbookLib's writer of the package document, with what it has no option for.

    `stated` counts the statements of the metadata that say something.
    """

    stated = 0

    def _write_opf_file(self, root: Any) -> None:
        root.set(XML_LANG, self.book.language)
        if self.book.direction:
            root.set("dir", self.book.direction)
        # The prefixes that EbookLib declares are reserved ones (EPUB 3.3, D.4) and need no declaration.
        root.attrib.pop("prefix", None)
        self.stated = sum(bool(said.text or said.get("content")) for said in root.find("metadata"))
        data = etree.tostring(root, pretty_print=True, encoding="utf-8", xml_declaration=True)
        self.out.writestr(f"{FOLDER}/content.opf", data)


def _landmarks(publication: Publication, front: list[Page], first: Page, back: list[Page]) -> list[Landmark]:
    """Give the places a reading system goes to by itself (EPUB 3.3 structural semantics)."""
    cover, title = front
    marks = [
        Landmark(kind="cover", title=cover.title, href=cover.file),
        Landmark(kind="titlepage", title=title.title, href=title.file),
        Landmark(kind="toc", title=word(publication.language, "contents"), href="nav.xhtml"),
        Landmark(kind="bodymatter", title=word(publication.language, "start_reading"), href=first.file),
    ]
    kinds = {"page.authors": "index", "page.colophon": "colophon"}
    marks.extend(Landmark(kind=kinds[page.id], title=page.title, href=page.file) for page in back)
    return marks
