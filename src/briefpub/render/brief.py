"""The brief: a publication as one tagged PDF for print (the only file that knows WeasyPrint).

What brief.html.j2 is given (strings are escaped when written; «html» is markup already):

    publication   name · headline · heading (html) · title (of the file) · size (short, medium, long) ·
                  number (`N° 12`, or empty) · date · language · direction · identifier ·
                  address (empty without a site) ·
                  count (`8 essais`) · publisher · rights · contact · authors · created (ISO date, or empty) ·
                  standfirst (html: the first article's, where its title is the headline) ·
                  also (the articles whose title the headline is not)
    single        true for a brief of one article
    articles      a list, in order:
      id · title · heading (html) · short (for the running head) · size · kicker · standfirst (html) ·
      byline · date · minutes · language · direction
      photo       none, or: src · width · height · alt · caption (html) · credit
      lead, sections (html)   notes and printed addresses stand in `span.note` where they are called for
      related     a list of: group (may be empty) · links: title · address (`#…` within the brief, or empty) ·
                  photo_alt
      words       the layout's own words in the article's language, by key
    photo         the first photo among the articles, or none
    words         the layout's own words in the publication's language, by key
    qr            the QR code of `publication.address` as SVG (html), or empty

`brief.css` is applied by the renderer; its `var(--token)` are those of tokens.css. The template may show
the pictures it is given and nothing else: no file, no address of the web, no data: URL, no attachment.
"""

import contextlib
import io
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import ModuleType
from typing import Any

from briefpub.domain.document import Picture
from briefpub.domain.errors import RenderError
from briefpub.domain.finding import Finding
from briefpub.domain.issue import Edition, Format, Publication
from briefpub.domain.layout import Layout
from briefpub.domain.pictures import Pictures, PictureUse
from briefpub.render import brief_pages, brief_remarks, styles
from briefpub.render.brief_publication import brief_values
from briefpub.render.markup import Shown
from briefpub.render.templating import fill

# A made-up address: WeasyPrint names pictures in the file after theirs, and a real folder would change bytes.
BASE = "brief://doc/"
WARNING = 30  # the log level's number (PEP 282), for rendering does not log
# XMP (ISO 16684-1) that says "PDF/UA-1 too": WeasyPrint declares one standard per file. PDF/A-3 (ISO 19005-3,
# 6.6.2.3) wants the schema of every property that is not its own.
PDF_UA = b"""<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">
<pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"
 xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"
 xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>
<pdfaProperty:category>internal</pdfaProperty:category>
<pdfaProperty:description>Part of ISO 14289 that the file follows</pdfaProperty:description>
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
"""
END_OF_RDF = b"</rdf:RDF>"


def render_brief(publication: Publication, layout: Layout, pictures: Pictures) -> Edition:
    """Give the publication as PDF/A-3a and PDF/UA-1, the same bytes for the same input.

    Run it in one thread at a time: Pango's font maps are not for sharing. `content.fonts.prepare_fonts`
    should have run before, in the same process; without it the machine's fonts are used.
    Raises RenderError where a page would be wrong or WeasyPrint cannot be loaded, LayoutError for a mistake
    in the layout's files, ContentError for a picture that is not there. Other remarks are findings.
    """
    shelf = _Shelf(pictures)
    markup = fill(layout, "brief.html.j2", brief_values(publication, layout, shelf.show))
    engine = weasyprint()
    sheet = _sheet(_SheetKey(layout))
    with _listening(engine) as heard, _engine_errors():
        document = _laid_out(engine, markup, sheet, shelf.files)
        generate = document.metadata.generate_rdf_metadata
        document.metadata.generate_rdf_metadata = lambda *about: _with_ua(generate(*about))
        data = document.write_pdf(**_options(publication))
    families = [font.family for font in document.fonts.values()]
    findings = (
        *_engine_findings(engine),
        *brief_remarks.remarks([*sheet.heard, *heard], publication, layout),
        *brief_remarks.foreign_fonts(families, layout),
    )
    return Edition(format=Format.PDF, data=data, findings=tuple(dict.fromkeys(findings)))


@dataclass(slots=True)
class _Shelf:
    """The pictures that a brief shows, by the address they have within it."""

    pictures: Pictures
    files: dict[str, tuple[bytes, str]] = field(default_factory=dict)

    def show(self, picture: Picture) -> Shown | None:
        if picture.image is None:
            return None
        rendition = self.pictures.rendition(picture.image, PictureUse.PDF)
        src = f"pictures/{rendition.sha256}{rendition.extension}"
        self.files[src] = rendition.data, rendition.media_type
        return Shown(src=src, width=rendition.width, height=rendition.height)


# --- WeasyPrint ------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def weasyprint() -> ModuleType:
    """Load WeasyPrint; raises RenderError with the command that installs Pango where that is missing."""
    try:
        # It prints its advice on the standard output, which is our data's place, and warns of HarfBuzz.
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            import weasyprint as engine
    except (ImportError, OSError) as error:
        raise RenderError(
            f"the PDF engine cannot be loaded: {brief_remarks.one_line(str(error))}",
            format="pdf",
            hint=f"{brief_remarks.APT_PANGO} (macOS: brew install pango), then try again",
        ) from error
    module: ModuleType = engine
    return module


def _engine_findings(engine: ModuleType) -> tuple[Finding, ...]:
    return (brief_remarks.SLOW_SUBSET,) if engine.text.ffi.harfbuzz_subset is None else ()


@contextlib.contextmanager
def _listening(engine: ModuleType) -> Iterator[list[str]]:
    """Hear what WeasyPrint logs from WARNING up, and keep it from the standard error."""
    heard: list[str] = []

    def hear(record: Any) -> bool:
        if record.levelno >= WARNING:
            heard.append(record.getMessage())
        return False

    engine.LOGGER.addFilter(hear)
    try:
        yield heard
    finally:
        engine.LOGGER.removeFilter(hear)


class _SheetKey:
    """A layout as a key: parsed style sheets and the fonts found are kept between briefs."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        fonts = tuple(sorted(layout.fonts.items()))
        self.key = (layout.name, layout.fingerprint, fonts) if layout.fingerprint else id(layout)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _SheetKey) and other.key == self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sheet:
    """A layout's style sheet and fonts as WeasyPrint holds them, and what it said on reading them."""

    css: Any
    fonts: Any
    counters: Any
    heard: tuple[str, ...]


@lru_cache(maxsize=4)
def _sheet(key: _SheetKey) -> _Sheet:
    engine = weasyprint()
    text = styles.resolved(key.layout, "brief.css")
    from weasyprint.css.counters import CounterStyle
    from weasyprint.text.fonts import FontConfiguration

    fonts, counters = FontConfiguration(), CounterStyle()
    files = {f"fonts/{name}": (data, "font/woff2") for name, data in key.layout.webfonts.items()}
    with _listening(engine) as heard, _engine_errors():
        css = engine.CSS(
            string=text,
            base_url=BASE,
            url_fetcher=_fetcher(files),
            font_config=fonts,
            counter_style=counters,
        )
    return _Sheet(css=css, fonts=fonts, counters=counters, heard=tuple(heard))


def _laid_out(engine: ModuleType, markup: str, sheet: _Sheet, files: Mapping[str, tuple[bytes, str]]) -> Any:
    html = engine.HTML(string=markup, base_url=BASE, url_fetcher=_fetcher(files))
    for _ in range(brief_pages.MOST_ROUNDS):
        document = html.render(
            font_config=sheet.fonts,
            counter_style=sheet.counters,
            stylesheets=[sheet.css],
            pdf_variant="pdf/a-3a",
        )
        if not brief_pages.mend(document):
            break
    return document


def _options(publication: Publication) -> dict[str, Any]:
    # The first half of the file's identifier stays over rebuilds, the second follows from the bytes
    # (ISO 32000-1, 14.4): WeasyPrint hashes those itself.
    return {
        "pdf_variant": "pdf/a-3a",
        "pdf_tags": True,
        "pdf_identifier": publication.identifier.hex.encode(),
    }


def _with_ua(rdf: bytes) -> bytes:
    return rdf.replace(END_OF_RDF, PDF_UA + END_OF_RDF, 1)


def _fetcher(files: Mapping[str, tuple[bytes, str]]) -> Any:
    """Give a fetcher that serves `files` by address and refuses every other, whatever its scheme."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Fetcher(URLFetcher):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__(allowed_protocols=("brief",), allow_redirects=False, fail_on_errors=True)

        def fetch(self, url: str, headers: object = None) -> Any:  # noqa: ARG002
            # urllib joins no address to a scheme it does not know, so that most come as they were written.
            name = url.removeprefix(BASE)
            if name not in files:
                raise PermissionError(url)
            data, media_type = files[name]
            return URLFetcherResponse(url, body=data, headers={"Content-Type": media_type})

    return Fetcher()


@contextlib.contextmanager
def _engine_errors() -> Iterator[None]:
    from weasyprint.urls import FatalURLFetchingError

    try:
        yield
    except FatalURLFetchingError as error:
        raise RenderError(
            f"the layout reaches for what the brief does not hold: {error.__cause__}",
            format="pdf",
            hint="show the pictures that the template is given; a brief opens no file and no web address",
        ) from error
    except Exception as error:
        # WeasyPrint 70 stumbles over some styles it claims to know (`float: inline-end` in a line: KeyError).
        raise RenderError(
            f"the PDF engine gave up: {type(error).__name__}: {brief_remarks.one_line(str(error))}",
            format="pdf",
            hint="take out what was last changed in brief.css or brief.html.j2",
        ) from error
