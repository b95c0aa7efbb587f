"""The one place where adapters are chosen: Settings become a Newsroom, each part made on first use."""

import hashlib
import os
import socket
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from briefpub.config import FILE, Settings, find_root, read_settings, smtp_password
from briefpub.domain.audience import DigestBody, List
from briefpub.domain.errors import ConfigError
from briefpub.domain.issue import Issue, IssueRecord
from briefpub.workflows import ports

if TYPE_CHECKING:
    from briefpub.domain.article import Article
    from briefpub.domain.layout import Layout
    from briefpub.store.database import Database
    from briefpub.workflows.build import Build
    from briefpub.workflows.publish import Publish

HIDDEN = ".briefpub"
# The libraries whose version shows in an edition's bytes.
ENGINES = ("weasyprint", "ebooklib", "jinja2", "css-inline", "pillow", "resvg-py", "babel")


class Newsroom:
    """A publication and all that works on it. Nothing is opened before a command asks for it."""

    def __init__(self, *, root: Path, settings: Settings, found: bool) -> None:
        """Hold the publication's folder; `found` says whether it has a briefpub.toml."""
        self.root = root
        self.settings = settings
        self.found = found
        self._pictures: dict[Path, PictureFolder] = {}

    # --- content -----------------------------------------------------------------------------

    @cached_property
    def cache(self) -> Path:
        """Give the folder of what can be made again: in the publication, else in the user's cache."""
        if self.found:
            return self.root / HIDDEN / "cache"
        home = os.environ.get("XDG_CACHE_HOME")
        return (Path(home) if home else Path.home() / ".cache") / "briefpub"

    @cached_property
    def articles(self) -> ports.Articles:
        """Give the publication's own articles."""
        return self.articles_in(self.root / self.settings.articles, None)

    def articles_in(self, folder: Path, patterns: Sequence[str] | None) -> ports.Articles:
        """Give the articles of any folder, or those of its files that match `patterns`."""
        from briefpub.content.articles import ArticleFolder

        return ArticleFolder(
            root=self._root_for(folder),
            folder=folder,
            patterns=tuple(patterns) if patterns is not None else None,
            default_language=self.settings.language,
            pictures=self.pictures_for(folder),
            typography=self.settings.typography,
        )

    @property
    def pictures(self) -> ports.PictureShelf:
        """Give the publication's pictures, found and drawn."""
        return self.pictures_for(self.root)

    def pictures_for(self, folder: Path) -> "PictureFolder":
        """Give the pictures that articles in a folder may name: the publication's, or the folder's own."""
        from briefpub.content.pictures import PictureFolder

        root = self._root_for(folder)
        if root not in self._pictures:
            self._pictures[root] = PictureFolder(root, self.cache / "pictures")
        return self._pictures[root]

    def _root_for(self, folder: Path) -> Path:
        """Give what bounds every read for articles in a folder: away from the publication, that folder."""
        return self.root if folder.resolve().is_relative_to(self.root) else folder

    @cached_property
    def layouts(self) -> ports.Layouts:
        """Give the layouts: the bundled one, and the editor's own over it."""
        from briefpub.content.layouts import LayoutFolder

        return LayoutFolder(self.root / self.settings.layouts if self.found else None)

    @property
    def layout_folders(self) -> tuple[Path, ...]:
        """Give every folder a layout may take a file from."""
        from briefpub.content.layout_folders import bundled

        return (bundled(), self.root / self.settings.layouts) if self.found else (bundled(),)

    # --- editions ----------------------------------------------------------------------------

    def build(self, *, jobs: int, pictures: ports.PictureShelf | None = None) -> "Build":
        """Give the workflow that makes editions, on `jobs` processes."""
        from briefpub.content.editions import EditionShelf
        from briefpub.engine.presses import Presses
        from briefpub.workflows.build import Build

        return Build(
            pictures=pictures or self.pictures,
            presses=Presses(jobs=jobs, prepare=self._prepare_fonts),
            editions=EditionShelf(folder=self.cache / "editions"),
            draw=_draw,
            engines=self.engines,
            code=code_fingerprint(),
        )

    @cached_property
    def engines(self) -> dict[str, str]:
        """Give the version of each library that shows in an edition's bytes."""
        return {name: version(name) for name in ENGINES}

    def _prepare_fonts(self, layout: "Layout") -> None:
        from briefpub.content.fonts import prepare_fonts

        prepare_fonts(layout, self.cache / "fonts")

    @cached_property
    def outbox(self) -> ports.Outbox:
        """Give the frozen editions."""
        from briefpub.outbox import OutboxFolder

        return OutboxFolder(self.root / self.settings.outbox)

    # --- the ledger --------------------------------------------------------------------------

    @cached_property
    def database(self) -> "Database":
        """Open the database; raises ConfigError outside a publication, StoreError when it cannot be."""
        from briefpub.store.database import open_database

        if not self.found:
            raise ConfigError(
                f"there is no {FILE} here or above",
                where=str(self.root),
                hint="go to your publication's folder, name it with -C DIR, or begin one: briefpub init DIR",
            )
        url = self.settings.database
        if "://" not in url:
            url = str(self.root / url)
        elif url.startswith("sqlite:///") and not url.startswith("sqlite:////"):
            url = f"sqlite:///{self.root / url.removeprefix('sqlite:///')}"
        return open_database(url)

    @cached_property
    def audience(self) -> ports.Audience:
        """Give lists, subscribers and subscriptions; what the settings state of a list lies over it."""
        from briefpub.store.audience import SqlAudience

        for slug, stated in self.settings.lists.items():
            if self.stored.list(slug) is None:
                body = stated.digest.body or DigestBody.LEAD
                self.stored.declare(replace(self.settings.declared(slug, None), digest_body=body))
        return SqlAudience(
            database=self.database, stated=lambda found: self.settings.declared(found.slug, found)
        )

    @cached_property
    def stored(self) -> ports.Audience:
        """Give the same as the database has it, for what writes lists."""
        from briefpub.store.audience import SqlAudience

        return SqlAudience(database=self.database)

    @cached_property
    def issues(self) -> ports.Issues:
        """Give the issues of every list."""
        from briefpub.store.issues import SqlIssues

        return SqlIssues(database=self.database)

    @cached_property
    def ledger(self) -> ports.Ledger:
        """Give mailings and deliveries."""
        from briefpub.store.mailings import SqlLedger

        return SqlLedger(database=self.database)

    def list(self, slug: str) -> List:
        """Give a list as it stands now; raises ConfigError for one that is not there."""
        found = self.audience.list(slug)
        if found is None:
            names = ", ".join(known.slug for known in self.audience.lists()) or "none yet"
            raise ConfigError(
                f"there is no list {slug!r}",
                where=str(self.root / FILE),
                hint=f'the lists are: {names}; make one with briefpub lists add {slug} --name "…" --from "…"',
            )
        return found

    def issue(self, record: IssueRecord, articles: "Sequence[Article]") -> Issue:
        """Give an issue with its articles in its own order; raises Conflict for a missing one."""
        from briefpub.workflows.compose import issue_of

        return issue_of(
            record, list=self.list(record.list), imprint=self.settings.imprint(), articles=articles
        )

    def publish(self, *, jobs: int) -> "Publish":
        """Give the workflow that takes a list's next issue from its articles to its subscribers."""
        from briefpub.store.lock import alone
        from briefpub.transport.address import transport_address
        from briefpub.workflows.deliver import Deliver
        from briefpub.workflows.publish import Publish

        return Publish(
            articles=self.articles,
            layouts=self.layouts,
            audience=self.audience,
            issues=self.issues,
            ledger=self.ledger,
            outbox=self.outbox,
            build=self.build(jobs=jobs),
            deliver=Deliver(
                ledger=self.ledger, transport=self.transport, owner=f"{socket.gethostname()}:{os.getpid()}"
            ),
            alone=partial(alone, self.database.path),
            imprint=self.settings.imprint(),
            way=str(transport_address(self.settings.transport)),
        )

    @cached_property
    def transport(self) -> ports.Transport:
        """Give the transport that the settings name; raises ConfigError for one that cannot be."""
        from briefpub.transport.address import Kind, transport_address
        from briefpub.transport.maildir import Maildir
        from briefpub.transport.smtp import Smtp

        address = transport_address(self.settings.transport)
        if address.kind is Kind.MAILDIR:
            return Maildir(root=self.root / self.settings.outbox)
        return Smtp(address=address, password=smtp_password(self.settings, self.root))


if TYPE_CHECKING:
    from briefpub.content.pictures import PictureFolder


def open_newsroom(start: str | None) -> Newsroom:
    """Open the publication at `start` or around the present folder; raises ConfigError.

    Outside any publication the settings are the defaults, and what needs a database says so when asked.
    """
    if start is not None:
        root = Path(start)
        if not (root / FILE).is_file():
            raise ConfigError(f"there is no {FILE}", where=start, hint=f"begin one: briefpub init {start}")
    else:
        root = find_root(Path.cwd()) or Path.cwd()
    root = root.resolve()
    found = (root / FILE).is_file()
    return Newsroom(root=root, settings=read_settings(root if found else None), found=found)


def code_fingerprint() -> str:
    """Hash briefpub's own renderers: an edition kept by an older briefpub is made anew by a newer one."""
    home = Path(__file__).parent
    digest = hashlib.sha256()
    for folder in ("domain", "render", "content"):
        for path in sorted((home / folder).rglob("*.py")):
            digest.update(path.relative_to(home).as_posix().encode() + b"\0")
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _draw(article: "Article", layout: "Layout") -> bytes:
    from briefpub.render.cover import draw_photo

    return draw_photo(article, layout)
