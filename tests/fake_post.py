"""A transport in memory, held to the same contract suite as the real ones."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Self

from briefpub.domain.audience import InDoubt
from briefpub.domain.delivery import Attempt, Delivery, Message, Trouble
from briefpub.domain.replies import Outcome
from briefpub.workflows.ports import Work

REPLIES = {
    Outcome.ACCEPTED: "250 2.0.0 fake accepted",
    Outcome.DEFERRED: "451 4.3.0 fake deferred",
    Outcome.FAILED: "554 5.6.0 fake failed",
    Outcome.UNKNOWN: "fake unknown",
}


@dataclass
class FakeTransport:
    """Answers with `script`, one outcome after another, then accepts; keeps what it was handed for good.

    A text in the script is a reply of the server's, an exception is raised, a trouble is the site's.
    """

    script: Iterator[Outcome | str | Trouble | BaseException] = field(default_factory=lambda: iter(()))
    in_doubt: InDoubt = InDoubt.HOLD
    group: int = 1
    host: str = ""
    sent: list[Message] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    waited: list[dt.datetime] = field(default_factory=list)

    def site(self, delivery: Delivery) -> str:
        return self.host or delivery.site

    @contextmanager
    def opened(self, issue: str) -> Iterator[Self]:
        self.log.append(f"open {issue}")
        yield self
        self.log.append("close")

    def carry(self, work: Work) -> None:
        ended: list[tuple[int, Attempt]] = []
        taken: list[Message] = []
        try:
            while True:
                found = work.next()
                if isinstance(found, Message):
                    taken.append(found)
                if taken and (len(taken) == self.group or not isinstance(found, Message)):
                    ended = self._send(work, taken, ended)
                    taken = []
                if isinstance(found, dt.datetime):
                    self.waited.append(found)
                    return
                if found is None:
                    return
        finally:
            work.record([], ended)

    def _send(
        self, work: Work, messages: list[Message], ended: list[tuple[int, Attempt]]
    ) -> list[tuple[int, Attempt]]:
        ready: list[tuple[Message, Outcome, str]] = []
        for message in messages:
            step = next(islice(self.script, 1), Outcome.ACCEPTED)
            match step:
                case BaseException():
                    work.record([], ended)
                    ended.clear()
                    raise step
                case Trouble():
                    work.back([message.delivery], step)
                case Outcome():
                    ready.append((message, step, REPLIES[step]))
                case str():
                    outcome = {"2": Outcome.ACCEPTED, "4": Outcome.DEFERRED, "5": Outcome.FAILED}[step[0]]
                    ready.append((message, outcome, step))
        granted = work.record([message.delivery for message, _, _ in ready], ended)
        results = []
        denied = [message.delivery for message, _, _ in ready if message.delivery not in granted]
        if denied:
            work.back(denied)
        for message, outcome, reply in ready:
            if message.delivery in granted:
                if outcome in {Outcome.ACCEPTED, Outcome.UNKNOWN}:
                    self.sent.append(message)
                results.append((message.delivery, Attempt(at=work.now(), outcome=outcome, reply=reply)))
        return results
