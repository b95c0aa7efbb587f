"""The only file that knows Jinja2: a layout's templates, strict and sandboxed, filled with words."""

import re
from collections.abc import Callable
from functools import lru_cache
from types import TracebackType
from typing import Any

from jinja2 import StrictUndefined, TemplateNotFound, TemplateSyntaxError
from jinja2.exceptions import SecurityError, TemplateError
from jinja2.loaders import FunctionLoader
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from briefpub.domain.errors import LayoutError
from briefpub.domain.layout import Layout

# XML 1.0, 2.2, and the C1 controls, for which Gmail clips a message.
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
MANUAL = "the reference page «layouts» lists every name a template may use"


def safe(html: str) -> Markup:
    """Mark `html` as written by a renderer, so that no template escapes it again."""
    return Markup(html)  # noqa: S704


def fill(layout: Layout, name: str, context: dict[str, Any]) -> str:
    """Fill the layout's template `name` with `context`; undefined names are errors, not blanks.

    Raises LayoutError with the template's file and line, whatever went wrong within it.
    """
    environment = _environment(_Templates(layout))
    path = layout.files[name].path if name in layout.files else name
    try:
        return _printable(environment.get_template(name).render(context))
    except TemplateSyntaxError as error:
        where = _path_of(layout, error.name or name)
        raise LayoutError(
            error.message or "the template cannot be read", where=f"{where}:{error.lineno}", hint=MANUAL
        ) from error
    except TemplateNotFound as error:
        raise LayoutError(
            f"the layout has no file {error.name!r}", where=f"{layout.name}/{path}", hint=MANUAL
        ) from error
    except SecurityError as error:
        raise LayoutError(
            f"the template reaches for what is not its own: {error}", where=_place(layout, error, path)
        ) from error
    except TemplateError as error:
        raise LayoutError(str(error), where=_place(layout, error, path), hint=MANUAL) from error
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, OverflowError) as error:
        # A template may divide by zero or call what is no function: the editor's mistake and line.
        raise LayoutError(
            f"{type(error).__name__}: {error}", where=_place(layout, error, path), hint=MANUAL
        ) from error


class _Templates:
    """A layout's texts, comparable by fingerprint, so that compiled templates are kept between fills."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.key = (layout.name, layout.fingerprint) if layout.fingerprint else id(layout)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Templates) and other.key == self.key

    def source(self, name: str) -> tuple[str, str | None, Callable[[], bool]] | None:
        file = self.layout.files.get(name)
        return (file.text, file.path, lambda: True) if file else None


@lru_cache(maxsize=8)
def _environment(templates: _Templates) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        autoescape=_escapes,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        loader=FunctionLoader(templates.source),
    )
    # Jinja's own `lipsum` is random and `pprint` shows memory addresses: same input, same bytes.
    del environment.globals["lipsum"]
    for name in ("random", "pprint", "urlize"):
        del environment.filters[name]
    return environment


def _printable(text: str) -> str:
    """Leave out what neither XML 1.0 nor mail can hold; end every line in LF."""
    return UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def _escapes(name: str | None) -> bool:
    """Say whether a template writes HTML: all do but `*.txt.j2`, whose words stay as they are."""
    return name is None or not name.endswith(".txt.j2")


def _path_of(layout: Layout, name: str) -> str:
    return layout.files[name].path if name in layout.files else name


def _place(layout: Layout, error: BaseException, otherwise: str) -> str:
    """Find the innermost frame of the traceback that stands in one of the layout's templates."""
    paths = {file.path for file in layout.files.values()}
    place = otherwise
    traceback: TracebackType | None = error.__traceback__
    while traceback:
        if traceback.tb_frame.f_code.co_filename in paths:
            place = f"{traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place
