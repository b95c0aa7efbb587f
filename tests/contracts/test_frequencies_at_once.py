"""Issues, gatherings and wishes from several threads at once: no article twice, none missed, no deadlock."""

import datetime as dt
import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from builders import NOW
from stores import TODAY, Store

from briefpub.domain.audience import Frequency, SubscriberRow
from briefpub.domain.consent import Changes
from briefpub.domain.gathering import gathered
from briefpub.store.consents import SqlConsents

PEOPLE, ISSUES = 12, 12


@pytest.mark.slow
def test_all_at_once(real: Store) -> None:
    started = time.monotonic()
    stop = threading.Event()
    assert real.database is not None
    consents = SqlConsents(database=real.database)
    frequencies = [*Frequency]
    rows = [
        SubscriberRow(line=n, address=f"p{n}@example.org", frequency=frequencies[n % 3])
        for n in range(PEOPLE)
    ]
    real.audience.subscribe("weekly", rows, consent="", now=NOW)

    def now() -> dt.datetime:
        return NOW + dt.timedelta(seconds=1 + time.monotonic() - started)

    def send(key: str) -> None:
        real.issues.freeze(key, manifest_sha256="a" * 64, editions=())
        real.ledger.queue(key, now=now())

    def singles() -> None:
        for number in range(ISSUES):
            send(real.issues.compose("weekly", [f"a{number}"], title="", date=TODAY).key)
            time.sleep(0.01)

    def gather(frequency: Frequency) -> None:
        made = gathered(real.issues.of("weekly"), frequency, course=real.audience.course("weekly"), since=NOW)
        if made:
            record = real.issues.compose(
                "weekly", made.articles, title="", date=TODAY, frequency=frequency, through=made.through
            )
            time.sleep(0.02)
            send(record.key)

    def gatherings(frequency: Frequency) -> None:
        while not stop.is_set():
            gather(frequency)

    def wishes(seed: int) -> None:
        chance = random.Random(seed)
        while not stop.is_set():
            changes = Changes(frequency=chance.choice(frequencies), name=str(chance.random()))
            consents.change("weekly", chance.randint(1, PEOPLE), changes, how="", now=now())

    with ThreadPoolExecutor(5) as pool:
        others = [pool.submit(gatherings, Frequency.WEEKLY), pool.submit(gatherings, Frequency.MONTHLY)]
        others += [pool.submit(wishes, 1), pool.submit(wishes, 2)]
        try:
            pool.submit(singles).result()
        finally:
            stop.set()
        for other in others:
            other.result()
    for frequency in (Frequency.WEEKLY, Frequency.MONTHLY):
        gather(frequency)
    got: Counter[tuple[int, str]] = Counter()
    for mailing in real.ledger.mailings("weekly"):
        record = real.issues.get(mailing.issue)
        assert record is not None
        for delivery in real.ledger.deliveries(mailing.id):
            got.update((delivery.subscriber.id, article) for article in record.articles)
    assert got == Counter((n, f"a{number}") for n in range(1, PEOPLE + 1) for number in range(ISSUES))
