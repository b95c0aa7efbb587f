"""A publication and all that works on it: every adapter is chosen here, and made on first use."""

import os
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import cached_property, partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from briefpub.bootstrap.places import (
    code_fingerprint,
    database_url,
    drawn,
    moment,
    outbox_folder,
    reader_fingerprint,
)
from briefpub.config import FILE, Settings
from briefpub.domain.audience import DigestBody, List
from briefpub.domain.delivery import Attempt, Message
from briefpub.domain.errors import ConfigError
from briefpub.domain.issue import Frozen, Issue, IssueRecord
from briefpub.workflows import ports

if TYPE_CHECKING:
    from briefpub.content.articles import ArticleFolder
    from briefpub.content.pictures import PictureFolder
    from briefpub.domain.article import Article
    from briefpub.domain.layout import Layout
    from briefpub.render.message import Stationery
    from briefpub.store.database import Database
    from briefpub.transport.address import TransportAddress
    from briefpub.workflows.ahead import Make
    from briefpub.workflows.at_home import AtHome
    from briefpub.workflows.bring_in import BringIn
    from briefpub.workflows.build import Build
    from briefpub.workflows.erase import Erase
    from briefpub.workflows.foresee import Foresee
    from briefpub.workflows.make_issue import MakeIssue
    from briefpub.workflows.publish import Publish
    from briefpub.workflows.run_schedule import RunSchedule
    from briefpub.workflows.send import Send
    from briefpub.workflows.subscribe import Subscribe
    from briefpub.workflows.sweep import Sweep
    from briefpub.workflows.work import Work

HIDDEN = ".briefpub"
MOST_THREADS = 4
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

    def close(self) -> None:
        """Close every connection that was opened: a server need not find out by itself that we are gone."""
        opened = vars(self)
        if "engine" in opened:
            self.engine.close()
        if "database" in opened:
            self.database.close()

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
        return self._folder(folder, patterns)

    def _folder(self, folder: Path, patterns: Sequence[str] | None) -> "ArticleFolder":
        from briefpub.content.articles import ArticleFolder

        return ArticleFolder(
            root=self._root_for(folder),
            folder=folder,
            patterns=tuple(patterns) if patterns is not None else None,
            default_language=self.settings.language,
            pictures=self.pictures_for(folder),
            typography=self.settings.typography,
        )

    @cached_property
    def heads(self) -> ports.ArticleHeads:
        """Give what choosing needs to know of the publication's own articles, without reading them all."""
        from briefpub.content.article_files import ArticlePlaces
        from briefpub.content.article_heads import ArticleHeads

        folder = self.root / self.settings.articles
        told = (reader_fingerprint(), self.settings.language, self.settings.typography)
        return ArticleHeads(
            places=ArticlePlaces(root=self._root_for(folder), folder=folder),
            folder=lambda: self._folder(folder, None),
            shelf=self.cache / "heads",
            code=repr(told),
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
            draw=drawn,
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
        from briefpub.bootstrap.machines import outbox_of

        return outbox_of(self)

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
        return open_database(database_url(self.settings.database, self.root), keeps_time=True)

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
        from briefpub.bootstrap.machines import ledger_of

        return ledger_of(self)

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

    # --- the post ----------------------------------------------------------------------------

    @cached_property
    def sites(self) -> ports.Sites:
        """Give what is known of receiving sites."""
        from briefpub.store.sites import SqlSites

        return SqlSites(database=self.database)

    @cached_property
    def address(self) -> "TransportAddress":
        """Give where messages are handed over; raises ConfigError for what is no transport."""
        from briefpub.transport.address import transport_address

        return transport_address(self.settings.transport)

    @cached_property
    def transport(self) -> ports.Transport:
        """Give the transport that the settings name; raises ConfigError for one that cannot be."""
        from briefpub.bootstrap.post import transport_of

        return transport_of(self.settings, self.root, self.address)

    @cached_property
    def stationery(self) -> "Callable[[List], Stationery]":
        """Give what stands on every message of a list: links, bounce address, signature."""
        from briefpub.bootstrap.post import stationery_of

        return stationery_of(self.settings, self.root, self.root / HIDDEN)

    def send(self) -> "Send":
        """Give the workflow that takes frozen issues to their subscribers."""
        from briefpub.bootstrap.machines import own_name
        from briefpub.bootstrap.post import plan_of
        from briefpub.store.lock import alone
        from briefpub.workflows.deliver import Deliver
        from briefpub.workflows.send import Send

        return Send(
            audience=self.audience,
            issues=self.issues,
            ledger=self.ledger,
            outbox=self.outbox,
            deliver=Deliver(
                ledger=self.ledger,
                transport=self.transport,
                sites=self.sites,
                plan=plan_of(self.settings, self.address),
                owner=own_name(),
                threads=min(os.cpu_count() or 1, MOST_THREADS),
            ),
            alone=nullcontext if self.distributed else partial(alone, self.database),
            shared=self.distributed,
            imprint=self.settings.imprint(),
            stationery=self.stationery,
            reserved=self.runs.reserved,
            doubt=self.at_home.doubt,
            mark=self.at_home.mark,
        )

    # --- the machines ------------------------------------------------------------------------

    @property
    def distributed(self) -> bool:
        """Say whether many machines work this publication at once."""
        return self.settings.engine == "distributed"

    @cached_property
    def engine(self) -> ports.Engine:
        """Give what carries nudges: within this process, or over the database to every machine."""
        from briefpub.bootstrap.machines import engine_of

        return engine_of(self)

    @cached_property
    def sweep(self) -> "Sweep":
        """Give what derives every nudge from the rows again; call it with the clock."""
        from briefpub.bootstrap.machines import sweep_of

        return sweep_of(self)

    def work(self, *, stop: "Callable[[], bool]") -> "Work":
        """Give what a task of the engine does."""
        from briefpub.bootstrap.machines import work_of

        return work_of(self, stop=stop)

    def maker(self, frozen: Frozen, list: List, *, test: bool = False) -> "Make":
        """Give what makes the messages of an issue, marked as a test where they are one."""
        from briefpub.workflows.send import made

        return made(self.send().letters(frozen, list, mark="[Test] " if test else ""))

    def post_one(self, message: Message) -> Attempt:
        """Hand over one message that no mailing holds."""
        from briefpub.workflows.post_letter import PostLetter

        return PostLetter(transport=self.transport, now=moment).send(message)

    def publish(self, *, jobs: int) -> "Publish":
        """Give the workflow that takes a list's next issue from its articles to its subscribers."""
        from briefpub.store.lock import FOR_A_ROUND, alone
        from briefpub.workflows.publish import Publish

        send = self.send()
        return Publish(
            articles=self.articles,
            audience=self.audience,
            issues=self.issues,
            ledger=self.ledger,
            outbox=self.outbox,
            make=self.make_issue(jobs=jobs, letters=send.letters),
            send=replace(send, alone=partial(alone, self.database, patience=FOR_A_ROUND)),
            way=str(self.address),
            unapproved=self.unapproved,
            older=self.at_home.older,
        )

    def make_issue(self, *, jobs: int, letters: "Callable[[Frozen, List], object]") -> "MakeIssue":
        """Give the workflow that builds an issue as it would be frozen."""
        from briefpub.workflows.make_issue import MakeIssue

        return MakeIssue(
            layouts=self.layouts,
            outbox=self.outbox,
            build=self.build(jobs=jobs),
            letters=letters,
            imprint=self.settings.imprint(),
        )

    # --- the clock ---------------------------------------------------------------------------

    @cached_property
    def schedules(self) -> ports.Schedules:
        """Give the schedules."""
        from briefpub.store.schedules import SqlSchedules

        return SqlSchedules(database=self.database)

    @cached_property
    def runs(self) -> ports.Runs:
        """Give the runs of schedules."""
        from briefpub.store.runs import SqlRuns

        return SqlRuns(database=self.database)

    @cached_property
    def at_home(self) -> "AtHome":
        """Give what knows whether this machine may send by itself."""
        from briefpub.bootstrap.clock import at_home_of

        return at_home_of(self)

    def run_schedules(self, *, jobs: int = 1, shared: bool = False) -> "RunSchedule":
        """Give the workflow of the schedules; `shared` where others run them at the same time."""
        from briefpub.bootstrap.clock import run_schedule_of

        return run_schedule_of(self, jobs=jobs, shared=shared)

    @property
    def foresee(self) -> "Foresee":
        """Give what looks ahead."""
        from briefpub.bootstrap.clock import foresee_of

        return foresee_of(self)

    @property
    def hidden(self) -> Path:
        """Give the folder of what briefpub keeps beside the database."""
        return self.root / HIDDEN

    def unapproved(self, issue: str) -> bool:
        """Say whether an issue waits until an editor approves it."""
        from briefpub.domain.schedule import Question

        waits = {Question.APPROVAL, Question.UNAPPROVED}
        return any(one.issue == issue and one.question in waits for one in self.runs.of(open_only=True))

    # --- people ------------------------------------------------------------------------------

    @cached_property
    def intakes(self) -> ports.Intakes:
        """Give imports."""
        from briefpub.store.intakes import SqlIntakes

        return SqlIntakes(database=self.database)

    @cached_property
    def consents(self) -> ports.Consents:
        """Give what people said yes or no to."""
        from briefpub.store.consents import SqlConsents

        return SqlConsents(database=self.database)

    @cached_property
    def people(self) -> ports.People:
        """Give what is held of a person."""
        from briefpub.store.people import SqlPeople

        return SqlPeople(database=self.database)

    @property
    def bring_in(self) -> "BringIn":
        """Give the workflow that imports people."""
        from briefpub.workflows.bring_in import BringIn

        return BringIn(audience=self.audience, intakes=self.intakes)

    @property
    def subscribe(self) -> "Subscribe":
        """Give the workflow of a person's own answers."""
        from briefpub.bootstrap.post import letters_of, secret_of
        from briefpub.workflows.subscribe import Subscribe

        return Subscribe(
            audience=self.audience,
            consents=self.consents,
            post=letters_of(self.settings, self.root, self.transport),
            secret=secret_of(self.settings, self.root / HIDDEN),
            letterbox=self.settings.letterbox,
        )

    @property
    def erase(self) -> "Erase":
        """Give the workflow that erases a person."""
        from briefpub.outbox import forget_messages
        from briefpub.workflows.erase import Erase

        return Erase(
            people=self.people, forget=partial(forget_messages, outbox_folder(self.settings, self.root))
        )
