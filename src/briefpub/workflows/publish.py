"""Publish: a list's next issue is composed, built, frozen, queued and delivered; each step once, ever.

Whatever a crash left is taken up first. The order of the steps is what makes that safe: nothing is recorded
before somebody said yes, nothing is frozen that is not recorded, nothing is queued that is not frozen,
nothing is sent that is not queued.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from briefpub.domain.audience import List
from briefpub.domain.delivery import DeliveryState, Mailing
from briefpub.domain.errors import ConfigError, ConfirmationNeeded, Conflict, OutboxError
from briefpub.domain.finding import Finding, Severity, worst
from briefpub.domain.issue import Edition, Frozen, Imprint, Issue, IssueRecord, IssueState
from briefpub.domain.layout import Layout
from briefpub.domain.manifest import articles_of, title_of
from briefpub.workflows.compose import Compose, issue_of
from briefpub.workflows.deliver import never
from briefpub.workflows.ports import Articles, Audience, Issues, Layouts, Ledger, Outbox, Progress, silent
from briefpub.workflows.send import Send

MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


# A subscriber who left while the mailing ran was rightly skipped.
REACHED = frozenset({DeliveryState.ACCEPTED, DeliveryState.SKIPPED})


class Outcome(StrEnum):
    """How a publish ended."""

    PUBLISHED = "published"
    PARTLY = "partly sent"
    NOTHING_NEW = "nothing new"
    HELD = "held"
    FINDINGS = "findings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """What is about to happen, in one plain sentence, and the number of people somebody must say yes to.

    `total` is larger than `count` where a mailing goes on that others of its subscribers have had already.
    """

    text: str
    count: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a publish did: to which issue, with what it had to remark, and where its deliveries stand."""

    outcome: Outcome
    key: str = ""
    folder: str = ""
    findings: tuple[Finding, ...] = ()
    mailing: Mailing | None = None


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
class Publish:
    """Publishes lists. `way` names the transport in the sentence."""

    articles: Articles
    layouts: Layouts
    audience: Audience
    issues: Issues
    ledger: Ledger
    outbox: Outbox
    build: BuildIssue
    send: Send
    imprint: Imprint
    way: str

    def __call__(
        self,
        slug: str,
        *,
        now: Callable[[], datetime],
        confirm: Callable[[Sentence], bool],
        expect: int | None = None,
        progress: Progress = silent,
        stop: Callable[[], bool] = never,
    ) -> Published:
        """Publish the list's next issue, or finish the one that a crash or a deferral left.

        `expect` is the number of subscribers the caller counts on, `confirm` is asked with the sentence;
        once `stop` says so, nothing new is begun.
        Raises ConfirmationNeeded when the number differs or nobody says yes, Conflict when there is nobody
        to mail, Locked when another process is at it, and what the ports raise.
        """
        with self.send.alone():
            list = self._list(slug)
            record = next((r for r in self.issues.of(slug) if r.state is not IssueState.PUBLISHED), None)
            if record and record.state is IssueState.HELD:
                return Published(outcome=Outcome.HELD, key=record.key)
            frozen = self.outbox.frozen(record.key) if record else None
            findings: tuple[Finding, ...] = ()
            if record and frozen and articles_of(frozen.manifest) != record.articles:
                raise _stranger(frozen)
            if record and frozen:
                # Somebody said yes to these very bytes: what the articles say by now comes too late.
                mailing = self.ledger.mailing(record.key)
                mailing = self.send.recover(mailing, list, now=now()) if mailing else None
                self._ask(self._sentence(record, frozen, list, mailing), expect, confirm)
            elif record and record.state is IssueState.FROZEN:
                raise OutboxError(
                    "the frozen issue is no longer in the outbox",
                    where=record.key,
                    hint="restore its folder from a backup: an issue must not go out in two versions",
                )
            else:
                made = self._make(list, record, now(), progress)
                if isinstance(made, Published):
                    return made
                plan, built, findings = made
                self._ask(self._sentence(plan, unfrozen(plan, built), list, None), expect, confirm)
                record = record or Compose(issues=self.issues).record(plan)
                frozen = self.outbox.freeze(record.key, editions=built.editions, manifest=built.manifest)
            mailing = self.send.issue(record, frozen, list, now=now, progress=progress, stop=stop)
        whole = all(state in REACHED for state, count in mailing.counts.items() if count)
        return Published(
            outcome=Outcome.PUBLISHED if whole else Outcome.PARTLY,
            key=record.key,
            folder=frozen.folder,
            findings=findings,
            mailing=mailing,
        )

    def _list(self, slug: str) -> List:
        list = self.audience.list(slug)
        if list is None or list.archived:
            raise ConfigError(
                f"there is no list {slug!r}" if list is None else "the list is archived",
                where="" if list is None else slug,
                hint="`briefpub lists list` names them all",
            )
        return list

    def _make(
        self, list: List, record: IssueRecord | None, now: datetime, progress: Progress
    ) -> tuple[IssueRecord, BuiltIssue, tuple[Finding, ...]] | Published:
        """Build the composed issue, or the one that would come next; record nothing."""
        gathered = self.articles.gather()
        broken = worst(gathered.findings) is Severity.ERROR
        if record:
            # An article that cannot be read stops the issue it belongs to, and no other.
            broken = broken and not {article.id for article in gathered.articles}.issuperset(record.articles)
        if broken:
            key = record.key if record else ""
            return Published(outcome=Outcome.FINDINGS, key=key, findings=gathered.findings)
        plan = record or Compose(issues=self.issues).plan(list, gathered.articles, now=now)
        if plan is None:
            return Published(outcome=Outcome.NOTHING_NEW, findings=gathered.findings)
        issue = issue_of(plan, list=list, imprint=self.imprint, articles=gathered.articles)
        built = self.build(issue, self.layouts.read(list.layout), progress=progress)
        paths = {article.path for article in issue.articles}
        findings = (*(f for f in gathered.findings if f.where in paths), *built.findings)
        if worst(findings) is Severity.ERROR:
            return Published(outcome=Outcome.FINDINGS, key=plan.key, findings=findings)
        # What could not be mailed must not be frozen: the parts are encoded once for trial.
        self.send.letters(unfrozen(plan, built), list)
        there = self.outbox.frozen(plan.key)
        if there and there.manifest != built.manifest:
            raise _stranger(there)
        return plan, built, findings

    def _sentence(
        self, record: IssueRecord, frozen: Frozen, list: List, mailing: Mailing | None
    ) -> Sentence | None:
        """Say what goes to how many; nothing where a mailing has nothing left to send."""
        total = sum(mailing.counts.values()) if mailing else self.audience.confirmed(list.slug)
        count = _open(mailing) if mailing else total
        if mailing and not count:
            return None
        if not count:
            raise Conflict(
                "the list has no confirmed subscriber",
                where=list.slug,
                hint=f"`briefpub subscribers add ADDRESS --list {list.slug} --consent …` adds one",
            )
        people = "1 subscriber" if count == 1 else f"{count} subscribers"
        whom = people if count == total else f"the {people} of {total} who have not had it"
        day = f"{record.date.day} {MONTHS[record.date.month - 1]} {record.date.year}"
        return Sentence(
            text=f"On {day} issue {record.number} of {list.name}, “{title_of(frozen.manifest)}”, "
            f"goes to {whom} by {self.way}.",
            count=count,
            total=total,
        )

    def _ask(
        self, sentence: Sentence | None, expect: int | None, confirm: Callable[[Sentence], bool]
    ) -> None:
        if sentence is None:
            return
        if expect is not None and expect not in {sentence.count, sentence.total}:
            raise ConfirmationNeeded(
                f"{expect} subscribers were expected, but there are {sentence.count}", hint=sentence.text
            )
        if not confirm(sentence):
            raise ConfirmationNeeded("nobody said yes; nothing was sent", hint=sentence.text)


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


def _stranger(frozen: Frozen) -> Conflict:
    return Conflict(
        "another issue of this number is in the outbox, and the database does not know it",
        where=frozen.folder,
        hint="was an older database restored? Move the folder away only if you are sure",
    )


def _open(mailing: Mailing) -> int:
    return mailing.left - mailing.counts.get(DeliveryState.UNKNOWN, 0)
