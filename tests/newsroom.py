"""A newsroom for tests: `Publish` over given stores, with a build that takes no renderer."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime

from builders import IMPRINT, NOW, PICTURE, a_manifest, editions_of
from fake_sites import FakeSites
from fakes import FakeArticles, FakeLayouts

from briefpub.domain.finding import Finding
from briefpub.domain.issue import Edition, Issue
from briefpub.domain.layout import Layout
from briefpub.render.message import Stationery
from briefpub.workflows.deliver import Deliver
from briefpub.workflows.make_issue import MakeIssue
from briefpub.workflows.ports import Audience, Issues, Ledger, Outbox, Progress, Sites, Transport
from briefpub.workflows.publish import Publish, Published, Sentence
from briefpub.workflows.send import Send


@dataclass(frozen=True)
class FakeBuilt:
    editions: tuple[Edition, ...]
    manifest: bytes
    findings: tuple[Finding, ...] = ()


@dataclass
class FakeBuild:
    findings: tuple[Finding, ...] = ()
    built: int = 0

    def __call__(self, publication: Issue, layout: Layout, *, progress: Progress) -> FakeBuilt:
        self.built += 1
        editions = editions_of(publication, pictures=[PICTURE])
        return FakeBuilt(editions, a_manifest(publication, editions), self.findings)


STATIONERY = Stationery(secret=b"s" * 32)


def a_send(
    *,
    audience: Audience,
    issues: Issues,
    ledger: Ledger,
    outbox: Outbox,
    transport: Transport,
    sites: Sites | None = None,
    alone: Callable[[], AbstractContextManager[None]] = nullcontext,
    owner: str = "me",
) -> Send:
    return Send(
        audience=audience,
        issues=issues,
        ledger=ledger,
        outbox=outbox,
        deliver=Deliver(ledger=ledger, transport=transport, sites=sites or FakeSites(), owner=owner, batch=5),
        alone=alone,
        imprint=IMPRINT,
        stationery=lambda _: STATIONERY,
    )


def a_publish(
    *,
    articles: FakeArticles,
    audience: Audience,
    issues: Issues,
    ledger: Ledger,
    outbox: Outbox,
    transport: Transport,
    build: FakeBuild | None = None,
    alone: Callable[[], AbstractContextManager[None]] = nullcontext,
    owner: str = "me",
) -> Publish:
    send = a_send(
        audience=audience,
        issues=issues,
        ledger=ledger,
        outbox=outbox,
        transport=transport,
        alone=alone,
        owner=owner,
    )
    return Publish(
        articles=articles,
        audience=audience,
        issues=issues,
        ledger=ledger,
        outbox=outbox,
        make=MakeIssue(
            layouts=FakeLayouts(),
            outbox=outbox,
            build=build or FakeBuild(),
            letters=send.letters,
            imprint=IMPRINT,
        ),
        send=send,
        way="maildir",
        unapproved=lambda _: False,
        reserved=frozenset,
        older=str,
    )


def run(publish: Publish, *, at: datetime = NOW, expect: int | None = None) -> Published:
    """Publish the weekly list, with somebody who says yes."""
    return publish("weekly", now=lambda: at, confirm=lambda _: True, expect=expect)


@dataclass
class Asked:
    """Answers `answer` and keeps the sentences."""

    answer: bool = True

    def __post_init__(self) -> None:
        self.sentences: list[Sentence] = []

    def __call__(self, sentence: Sentence) -> bool:
        self.sentences.append(sentence)
        return self.answer
