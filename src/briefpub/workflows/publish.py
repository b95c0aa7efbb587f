"""Publish: a list's next issue is composed, built, frozen, queued and delivered; each step once, ever.

Whatever a crash left is taken up first. The order of the steps is what makes that safe: nothing is recorded
before somebody said yes, nothing is frozen that is not recorded, nothing is queued that is not frozen,
nothing is sent that is not queued.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from briefpub.domain.audience import Frequency, List
from briefpub.domain.delivery import DeliveryState, Mailing
from briefpub.domain.errors import ConfigError, ConfirmationNeeded, Conflict, OutboxError
from briefpub.domain.finding import Finding, Severity, worst
from briefpub.domain.home import ADOPT
from briefpub.domain.issue import Frozen, IssueRecord, IssueState
from briefpub.domain.manifest import articles_of, title_of
from briefpub.workflows.compose import Compose
from briefpub.workflows.deliver import never
from briefpub.workflows.make_issue import BuiltIssue, MakeIssue, stranger, unfrozen
from briefpub.workflows.ports import Articles, Audience, Issues, Ledger, Outbox, Progress, silent
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
    WAITING = "waiting for its hour"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish:
    """Publishes lists. `way` names the transport in the sentence; `unapproved` knows what waits for a yes.

    `reserved` names the issues that go out by themselves: they are left to the schedule that made them.
    `older` says why the database may be an older copy of the one that was sent from.
    """

    articles: Articles
    audience: Audience
    issues: Issues
    ledger: Ledger
    outbox: Outbox
    make: MakeIssue
    send: Send
    way: str
    unapproved: Callable[[str], bool]
    reserved: Callable[[], frozenset[str]]
    older: Callable[[], str]

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
            list = self.list(slug)
            record = self.next(slug)
            if record and (record.state is IssueState.HELD or self.unapproved(record.key)):
                return Published(outcome=Outcome.HELD, key=record.key)
            if record and record.key in self.reserved():
                return Published(outcome=Outcome.WAITING, key=record.key)
            frozen = self.outbox.frozen(record.key) if record else None
            findings: tuple[Finding, ...] = ()
            if record and frozen and articles_of(frozen.manifest) != record.articles:
                raise stranger(frozen)
            if record and frozen:
                # Somebody said yes to these very bytes: what the articles say by now comes too late.
                mailing = self.ledger.mailing(record.key)
                mailing = self.send.recover(mailing, list, now=now()) if mailing else None
                self.ask(self.sentence(record, frozen, list, mailing), expect, confirm)
            elif record and record.state in {IssueState.FROZEN, IssueState.AWAITING}:
                raise OutboxError(
                    "the frozen issue is no longer in the outbox",
                    where=record.key,
                    hint="restore its folder from a backup: an issue must not go out in two versions",
                )
            else:
                made = self.made(list, record, now(), progress)
                if isinstance(made, Published):
                    return made
                plan, built, findings = made
                self.ask(self.sentence(plan, unfrozen(plan, built), list, None), expect, confirm)
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

    def list(self, slug: str) -> List:
        """Give the list; raises ConfigError for none, Conflict where the database may be an older copy."""
        list = self.audience.list(slug)
        if list is None or list.archived:
            raise ConfigError(
                f"there is no list {slug!r}" if list is None else "the list is archived",
                where="" if list is None else slug,
                hint="`briefpub lists list` names them all",
            )
        if why := self.older():
            raise Conflict(why, where=slug, hint=ADOPT)
        return list

    def next(self, slug: str) -> IssueRecord | None:
        """Give the issue that is to be published next, where there is one already.

        A gathering is its schedule's, unless somebody said yes to it before.
        """
        return next(
            (
                one
                for one in self.issues.of(slug)
                if one.state is not IssueState.PUBLISHED
                and (one.frequency is Frequency.EACH or one.state is IssueState.FROZEN)
            ),
            None,
        )

    def made(
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
        made = self.make(plan, list, gathered, progress=progress)
        if made.built is None:
            return Published(outcome=Outcome.FINDINGS, key=plan.key, findings=made.findings)
        return plan, made.built, made.findings

    def sentence(
        self, record: IssueRecord, frozen: Frozen, list: List, mailing: Mailing | None
    ) -> Sentence | None:
        """Say what goes to how many; nothing where a mailing has nothing left to send."""
        confirmed = self.audience.confirmed
        total = sum(mailing.counts.values()) if mailing else confirmed(list.slug, record.frequency)
        count = _open(mailing) if mailing else total
        if mailing and not count:
            return None
        if not count and not confirmed(list.slug):
            raise Conflict(
                "the list has no confirmed subscriber",
                where=list.slug,
                hint=f"`briefpub subscribers add ADDRESS --list {list.slug} --consent …` adds one",
            )
        people = "1 subscriber" if count == 1 else f"{count} subscribers" if count else "nobody by itself"
        whom = people if count == total else f"the {people} of {total} who have not had it"
        day = f"{record.date.day} {MONTHS[record.date.month - 1]} {record.date.year}"
        return Sentence(
            text=f"On {day} {_numbered(record)} of {list.name}, “{title_of(frozen.manifest)}”, "
            f"goes to {whom} by {self.way}.",
            count=count,
            total=total,
        )

    def ask(self, sentence: Sentence | None, expect: int | None, confirm: Callable[[Sentence], bool]) -> None:
        """Let somebody say yes to a sentence's number; raises ConfirmationNeeded."""
        if sentence is None:
            return
        if expect is not None and expect not in {sentence.count, sentence.total}:
            raise ConfirmationNeeded(
                f"{expect} subscribers were expected, but there are {sentence.count}", hint=sentence.text
            )
        if not confirm(sentence):
            raise ConfirmationNeeded("nobody said yes; nothing was sent", hint=sentence.text)


def _numbered(record: IssueRecord) -> str:
    if record.frequency is Frequency.EACH:
        return f"issue {record.number}"
    return f"the {record.frequency.value} gathering {record.number}"


def _open(mailing: Mailing) -> int:
    return mailing.left - mailing.counts.get(DeliveryState.UNKNOWN, 0)
