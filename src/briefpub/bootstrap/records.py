"""What a publication's database holds, port by port; each is made on first use."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from briefpub.bootstrap.places import database_url
from briefpub.bootstrap.sources import Sources
from briefpub.config import FILE
from briefpub.domain.audience import DigestBody, List
from briefpub.domain.errors import ConfigError
from briefpub.domain.issue import Issue, IssueRecord
from briefpub.workflows import ports

if TYPE_CHECKING:
    from briefpub.domain.article import Article
    from briefpub.store.database import Database


class Records(Sources):
    """A publication with its database. Nothing is opened before it is asked for."""

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

    @cached_property
    def sites(self) -> ports.Sites:
        """Give what is known of receiving sites."""
        from briefpub.store.sites import SqlSites

        return SqlSites(database=self.database)

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
