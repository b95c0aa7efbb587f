"""Make an issue: its articles become editions that could be mailed, or the findings why they cannot."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from briefpub.domain.article import Gathered
from briefpub.domain.audience import List
from briefpub.domain.errors import Conflict
from briefpub.domain.finding import Finding, Severity, worst
from briefpub.domain.issue import Edition, Frozen, Imprint, Issue, IssueRecord
from briefpub.domain.layout import Layout
from briefpub.workflows.compose import issue_of
from briefpub.workflows.ports import Layouts, Outbox, Progress, silent


class BuiltIssue(Protocol):
    """What the build gives: editions, their manifest, and what there is to remark."""

    @property
    def editions(self) -> tuple[Edition, ...]:
        """Give the editions."""
        ...

    @property
    def manifest(self) -> bytes:
        """Give the manifest over them."""
        ...

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Give the remarks on them."""
        ...


class BuildIssue(Protocol):
    """Builds every edition of an issue; `workflows.build.Build` is one."""

    def __call__(self, publication: Issue, layout: Layout, *, progress: Progress) -> BuiltIssue:
        """Give the editions; raises LayoutError, RenderError or ContentError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """An issue that was built: nothing to freeze where a finding is an error."""

    built: BuiltIssue | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeIssue:
    """Makes what could be frozen, and freezes nothing. `letters` encodes the messages once, for trial."""

    layouts: Layouts
    outbox: Outbox
    build: BuildIssue
    letters: Callable[[Frozen, List], object]
    imprint: Imprint

    def __call__(
        self, record: IssueRecord, list: List, gathered: Gathered, *, progress: Progress = silent
    ) -> Made:
        """Build the issue of a record.

        Raises Conflict where an article is gone or other bytes are frozen under its key, and what the build
        and the letters raise.
        """
        issue = issue_of(record, list=list, imprint=self.imprint, articles=gathered.articles)
        built = self.build(issue, self.layouts.read(list.layout), progress=progress)
        paths = {article.path for article in issue.articles}
        findings = (*(f for f in gathered.findings if f.where in paths), *built.findings)
        if worst(findings) is Severity.ERROR:
            return Made(built=None, findings=findings)
        # What could not be mailed must not be frozen: the parts are encoded once for trial.
        self.letters(unfrozen(record, built), list)
        there = self.outbox.frozen(record.key)
        if there and there.manifest != built.manifest:
            raise stranger(there)
        return Made(built=built, findings=findings)


def unfrozen(record: IssueRecord, built: BuiltIssue) -> Frozen:
    """Give what freezing would give, with nothing written."""
    pictures = {picture.path: picture for edition in built.editions for picture in edition.pictures}
    return Frozen(
        key=record.key,
        folder="",
        manifest=built.manifest,
        editions=built.editions,
        pictures=tuple(pictures.values()),
    )


def stranger(frozen: Frozen) -> Conflict:
    """Say that a frozen issue is not the one the database tells of."""
    return Conflict(
        "another issue of this number is in the outbox, and the database does not know it",
        where=frozen.folder,
        hint="was an older database restored? Move the folder away only if you are sure",
    )
