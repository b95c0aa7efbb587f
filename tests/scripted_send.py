"""A sender that plays a script: what each of its rounds gives or raises."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any

from briefpub.domain.delivery import DeliveryState, Mailing, MailingState
from briefpub.workflows.send import Sent


def a_mailing(state: MailingState = MailingState.DONE, reason: str = "", **counts: int) -> Mailing:
    return Mailing(
        id=1,
        list="weekly",
        issue="weekly/001",
        state=state,
        reason=reason,
        counts={DeliveryState(name): count for name, count in counts.items()},
    )


def sent(mailing: Mailing, *, done: int = 1, **more: Any) -> Sent:
    return Sent(mailing=mailing, done=done, **more)


@dataclass
class FakeSend:
    """Gives the answers one after another, then none; an exception is raised."""

    answers: Iterator[tuple[Sent, ...] | Exception | Callable[[], tuple[Sent, ...]]]
    alone: Callable[[], AbstractContextManager[None]] = nullcontext
    calls: int = 0

    def __call__(self, *, now: Any, progress: Any, stop: Callable[[], bool]) -> tuple[Sent, ...]:
        self.calls += 1
        answer = next(self.answers, ())
        if isinstance(answer, Exception):
            raise answer
        return answer() if callable(answer) else answer
