"""The press: which renderer makes which format, each loaded only when it is asked for."""

from importlib import import_module
from typing import Protocol, cast

from briefpub.domain.issue import Edition, Format, Publication
from briefpub.domain.layout import Layout
from briefpub.domain.pictures import Pictures


class Renderer(Protocol):
    """A publication laid out as one edition; raises LayoutError or RenderError."""

    def __call__(self, publication: Publication, layout: Layout, pictures: Pictures) -> Edition:
        """Give the edition's bytes, the same for the same input."""
        ...


# WeasyPrint alone takes 0.4 s to load, so the table names modules and functions instead of holding them.
RENDERERS: dict[Format, tuple[str, str]] = {
    Format.DIGEST: ("briefpub.render.digest", "render_digest"),
    Format.TEXT: ("briefpub.render.text", "render_text"),
    Format.WEB: ("briefpub.render.webpage", "render_webpage"),
    Format.PDF: ("briefpub.render.brief", "render_brief"),
    Format.EPUB: ("briefpub.render.compilation", "render_compilation"),
}


def renderer_of(format: Format) -> Renderer:
    """Give the renderer of a format."""
    module, function = RENDERERS[format]
    return cast("Renderer", getattr(import_module(module), function))


def render(publication: Publication, layout: Layout, format: Format, pictures: Pictures) -> Edition:
    """Make one edition; raises LayoutError or RenderError."""
    return renderer_of(format)(publication, layout, pictures)
