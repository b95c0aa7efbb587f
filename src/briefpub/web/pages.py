"""Draws a page: a template of this package filled with words; the web's own answer, whatever serves it."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from briefpub.domain.audience import List, checked_mailbox
from briefpub.domain.language import direction_of, primary
from briefpub.domain.layout import Layout, LayoutFile
from briefpub.render.templating import fill, safe
from briefpub.web.words import PAGES, page_word

TEMPLATES = Path(__file__).parent / "templates"
HTML = "text/html"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a caller gets. `after` is done once they have it, so that its length tells them nothing."""

    body: str
    language: str = "en"
    status: int = 200
    media_type: str = HTML
    headers: Mapping[str, str] = field(default_factory=dict)
    after: Callable[[], object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """Fills templates. `style` is the whole style sheet; `base` stands before every path of ours."""

    style: str
    base: str = ""
    contact: str = ""

    def page(
        self,
        template: str,
        title: str,
        *,
        language: str,
        list: List | None = None,
        status: int = 200,
        after: Callable[[], object] | None = None,
        headers: Mapping[str, str] | None = None,
        values: Mapping[str, str] | None = None,
        **context: Any,
    ) -> Page:
        """Draw a page in `language`, or in English where it has no words yet; `title` is the key of one."""
        spoken = language if primary(language) in PAGES else "en"
        say = partial(page_word, spoken)
        heading = say(title, **(values or {}))
        body = fill(
            _templates(),
            template,
            {
                "say": say,
                "language": spoken,
                "direction": direction_of(spoken).value,
                "heading": heading,
                "title": say("again_title", title=heading) if context.get("wrong") else heading,
                "values": values or {},
                "list": list,
                "list_direction": direction_of(list.language).value if list else "",
                "base": self.base,
                "contact": self.contact or (checked_mailbox(list.sender, where="").addr_spec if list else ""),
                "style": safe(self.style),
                **context,
            },
        )
        return Page(body=body, language=spoken, status=status, after=after, headers=headers or {})


def house_style(tokens: str) -> str:
    """Give the pages' style sheet, coloured by a layout's `tokens.css`."""
    return tokens + (TEMPLATES / "letterbox.css").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _templates() -> Layout:
    files = {
        path.name: LayoutFile(path=path.name, text=path.read_text(encoding="utf-8"))
        for path in sorted(TEMPLATES.glob("*.j2"))
    }
    every = "\0".join(f"{name}\0{file.text}" for name, file in files.items())
    return Layout(name="letterbox", files=files, fingerprint=hashlib.sha256(every.encode()).hexdigest())
