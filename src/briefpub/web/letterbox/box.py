"""What every page of the letterbox works with: the workflows, the limits, and whose link was opened."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from briefpub.bootstrap import Newsroom
from briefpub.domain.audience import SLUG, Frequency, List, checked_mailbox
from briefpub.domain.consent import Standing
from briefpub.domain.errors import ConfigError
from briefpub.domain.tokens import Purpose, opened
from briefpub.render.letterbox import served
from briefpub.web.limits import Limits
from briefpub.web.pages import Page, Press, house_style
from briefpub.web.visit import Visit
from briefpub.web.words import spoken_of
from briefpub.workflows.send_links import SendLinks

if TYPE_CHECKING:
    from briefpub.workflows.erase import Erase
    from briefpub.workflows.ports.audience import People
    from briefpub.workflows.subscribe import Subscribe


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A good link: the list it is of, and the subscription where there still is one."""

    list: List
    standing: Standing | None
    purpose: Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterbox:
    """All that the pages need; it may be used from many threads at once."""

    subscribe: "Subscribe"
    people: "People"
    erase: "Erase"
    press: Press
    language: str = "en"
    limits: Limits = field(default_factory=Limits)

    @property
    def send_links(self) -> SendLinks:
        """Give the workflow that mails somebody their own links."""
        return SendLinks(subscribe=self.subscribe)

    def list(self, slug: str) -> List | None:
        """Give a list by its slug; what is none never reaches the database."""
        return self.subscribe.audience.list(slug) if SLUG.fullmatch(slug) else None

    def held(self, token: str, *purposes: Purpose) -> Held | None:
        """Open a link; None for one that is forged, cut or for something else. Expiry is the caller's."""
        said = opened(token, secret=self.subscribe.secret)
        if said is None or said.purpose not in purposes:
            return None
        list = self.list(said.list)
        if list is None:
            return None
        standing = self.subscribe.consents.standing(said.list, said.subscriber)
        return Held(list=list, standing=standing, purpose=said.purpose)

    def frequencies(self, list: List, standing: Standing | None = None) -> tuple[Frequency, ...]:
        """Give how often a list can be had: what its schedules make, and what somebody has already."""
        offered = {*self.subscribe.audience.frequencies(list.slug)}
        if standing:
            offered |= {standing.frequency, standing.chosen}
        return tuple(each for each in Frequency if each in offered)

    def page(
        self, visit: Visit, template: str, title: str, *, list: List | None = None, **context: Any
    ) -> Page:
        """Draw a page in its list's language, or in one that the caller reads."""
        language = list.language if list else spoken_of(visit.wanted) or self.language
        return self.press.page(template, title, list=list, language=language, **context)

    def note(self, visit: Visit, title: str, *told: str, **context: Any) -> Page:
        """Draw a page of sentences; `told` are their keys."""
        parts = {"button": None, "links": (), **context}
        return self.page(visit, "note.html.j2", title, told=told, **parts)

    def unknown(self, visit: Visit) -> Page:
        """Say that a link is no good, and what to do about it."""
        return self.note(visit, "unknown_title", "unknown", status=404)

    def gone(self, visit: Visit, list: List, *, status: int = 200) -> Page:
        """Say that nothing is left of a subscription."""
        links = self.way_back(list)
        return self.note(visit, "gone_title", "gone", list=list, status=status, links=links)

    def way_back(self, list: List) -> tuple[tuple[str, str], ...]:
        """Give the link to a list's own form, where it takes people: its path and the key of its words."""
        return () if list.archived else ((f"/subscribe/{list.slug}", "subscribe_link"),)


def letterbox_of(newsroom: Newsroom) -> Letterbox:
    """Open a publication's letterbox; raises ConfigError where none is set, or nothing could be sent."""
    settings = newsroom.settings
    if not settings.letterbox:
        raise ConfigError(
            "there is no address at which people would find their pages",
            where="letterbox",
            hint='set letterbox = "https://letters.example.org" in briefpub.toml',
        )
    tokens = (newsroom.layout_folders[0] / "tokens.css").read_text(encoding="utf-8")
    contact = checked_mailbox(settings.contact, where="contact").addr_spec if settings.contact else ""
    return Letterbox(
        subscribe=newsroom.subscribe,
        people=newsroom.people,
        erase=newsroom.erase,
        press=Press(
            style=house_style(tokens), base=urlsplit(served(settings.letterbox)).path, contact=contact
        ),
        language=settings.language,
    )


def masked(address: str) -> str:
    """Hide whose address it is from somebody the mail was forwarded to: `a…@example.org`."""
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"
