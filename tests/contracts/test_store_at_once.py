"""Several at once, on SQLite and on PostgreSQL: nobody is given twice, and nobody waits for ever."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

from builders import NOW, subscribers
from stores import (
    MINUTE,
    TODAY,
    Store,
    attempt,
    claim,
    counts,
    frozen,
    hand,
    queued,
    queued_elsewhere,
    settle,
    state,
)

from briefpub.domain.audience import InDoubt
from briefpub.domain.delivery import DeliveryState, MailingState
from briefpub.domain.replies import Outcome

T = TypeVar("T")
THREADS = 4


def at_once(work: Callable[[int], T]) -> list[T]:
    """Do the same on several threads that begin together."""
    ready = Barrier(THREADS)

    def begin(number: int) -> T:
        ready.wait(timeout=30)
        return work(number)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(begin, range(THREADS)))


def test_queueing_at_once_makes_one_mailing(real: Store) -> None:
    real.audience.subscribe("weekly", subscribers(20), consent="", now=NOW)
    key = frozen(real).key
    made = at_once(lambda _: real.ledger.queue(key, now=NOW))
    assert len({one.id for one in made}) == 1
    assert counts(real) == {"queued": 20}


def test_composing_at_once_numbers_each(real: Store) -> None:
    made = at_once(lambda number: real.issues.compose("weekly", (f"essay-{number}",), title="", date=TODAY))
    assert sorted(one.number for one in made) == list(range(1, THREADS + 1))


def test_two_claimers_never_get_the_same(real: Store) -> None:
    mailing = queued(real, 100)

    def drain(number: int) -> list[int]:
        mine: list[int] = []
        while claimed := claim(real, mailing, owner=f"worker-{number}", most=7):
            mine += [one.id for one in claimed]
        return mine

    given = [id for mine in at_once(drain) for id in mine]
    assert len(given) == len(set(given)) == 100
    assert counts(real) == {"claimed": 100}


def test_a_stolen_lease_is_worth_nothing(real: Store) -> None:
    mailing = queued(real, 20)
    ids = [one.id for one in claim(real, mailing)]
    later = NOW + 6 * MINUTE

    def act(number: int) -> frozenset[int]:
        if number == 0:
            return hand(real, ids, owner="me", at=later)
        claim(real, mailing, owner=f"thief-{number}", at=later)
        return hand(real, ids, owner=f"thief-{number}", at=later)

    granted = at_once(act)
    assert granted[0] == frozenset()
    assert sum(len(one) for one in granted) == 20
    assert counts(real) == {"handed": 20}


def test_sending_two_mailings_while_readers_leave(real: Store) -> None:
    mailings = [queued(real, 60), queued_elsewhere(real, 60)]
    rows = subscribers(60)

    def act(number: int) -> set[int]:
        sent: set[int] = set()
        if number == 0:
            for row in rows[::6]:
                real.audience.unsubscribe("weekly", row.address, now=NOW)
                real.audience.suppress(row.address, reason="asked", now=NOW)
            return sent
        owner = f"worker-{number}"
        for mailing in mailings:
            while claimed := claim(real, mailing, owner=owner, most=5):
                granted = hand(real, [one.id for one in claimed], owner=owner)
                mine = [one for one in claimed if one.id in granted]
                if mine:
                    settle(real, mine, attempt(Outcome.ACCEPTED), owner=owner)
                sent |= granted
        return sent

    sent = at_once(act)
    accepted = counts(real).get("accepted", 0) + counts(real, "annual/001").get("accepted", 0)
    assert sum(len(one) for one in sent) == len(set().union(*sent)) == accepted
    assert {*counts(real), *counts(real, "annual/001")} <= {"accepted", "skipped"}
    assert (state(real), state(real, "annual/001")) == (MailingState.DONE, MailingState.DONE)


def test_whoever_pauses_stops_the_next_group(real: Store) -> None:
    mailing = queued(real, 40)
    ids = [one.id for one in claim(real, mailing)]

    def act(number: int) -> frozenset[int]:
        if number == 0:
            real.ledger.pause(mailing, reason="stop", now=NOW)
            return hand(real, ids[30:])
        return hand(real, ids[(number - 1) * 10 : number * 10])

    granted = at_once(act)
    assert granted[0] == frozenset()
    handed = frozenset().union(*granted)
    assert {
        one.id for one in real.ledger.deliveries(mailing, states=frozenset({DeliveryState.HANDED}))
    } == handed
    assert real.ledger.recover(mailing, in_doubt=InDoubt.HOLD, now=NOW).counts[DeliveryState.UNKNOWN] == len(
        handed
    )
