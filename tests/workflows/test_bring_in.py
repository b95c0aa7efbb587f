"""Bringing in and erasing: chunk by chunk, and in an order that a crash cannot spoil."""

import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from builders import NOW, a_list

from briefpub.content.importers.subscribers import read_sheet
from briefpub.domain.audience import RowFate, SubscriberRow
from briefpub.domain.errors import StoreError
from briefpub.domain.person import Removed
from briefpub.store.audience import SqlAudience
from briefpub.store.database import open_database
from briefpub.store.intakes import SqlIntakes
from briefpub.workflows.bring_in import CHUNK, BringIn
from briefpub.workflows.erase import Erase


@pytest.fixture
def bring_in(tmp_path: Path) -> Iterator[BringIn]:
    database = open_database(str(tmp_path / "briefpub.db"))
    audience = SqlAudience(database=database)
    audience.declare(a_list())
    yield BringIn(audience=audience, intakes=SqlIntakes(database=database))
    database.close()


def test_what_is_foreseen_is_what_is_done(bring_in: BringIn) -> None:
    data = "email,status\n" + "".join(f"r{number % 2500}@b.org,\n" for number in range(2_600)) + "no,\n"
    sheet = read_sheet(data.encode(), name="x.csv")
    steps: list[tuple[str, int, int]] = []
    foreseen = bring_in.foresee("weekly", sheet.rows(), progress=lambda *step: steps.append(step))
    assert foreseen.totals == {RowFate.NEW: 2_500, RowFate.HERE: 0, RowFate.OFF: 0, RowFate.BAD: 101}
    assert foreseen.reasons[2_502] == "the same address as in line 2"
    assert len(foreseen.some) == 20
    assert [done for _, done, _ in steps] == [CHUNK, 2_601]
    done = bring_in("weekly", sheet.rows(), source="x.csv", consent="", now=NOW)
    assert done.totals == foreseen.totals
    assert bring_in.audience.confirmed("weekly") == 2_500


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    class Counting:
        def fates(self, list: str, rows: Sequence[SubscriberRow]) -> tuple[RowFate, ...]:
            return (RowFate.NEW,) * len(rows)

    counting: Any = Counting()

    def peak(count: int) -> int:
        data = ("email,name\n" + "".join(f"r{n}@b.org,R {n}\n" for n in range(count))).encode()
        sheet = read_sheet(data, name="x.csv")
        tracemalloc.start()
        BringIn(audience=counting, intakes=counting).foresee("weekly", sheet.rows())
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    # What grows is where each address stood, so that the second of two can be told: not the rows.
    assert peak(16_000) - peak(8_000) < 8_000 * 250


def test_a_crash_between_outbox_and_database_is_mended_by_doing_it_again() -> None:
    told: list[str] = []

    class People:
        down = True

        def messages(self, address: str) -> tuple[str, ...]:
            return ("weekly.001.42.0123abcd",)

        def erase(self, address: str, *, now: object) -> Removed:
            told.append("database")
            if self.down:
                raise StoreError("the disk is full")
            return Removed(subscriber=42, lists=("weekly",), known=True)

    def forget(names: Sequence[str], addresses: Sequence[str]) -> int:
        told.append("outbox")
        assert addresses == ("jörg@bücher.example", "jörg@xn--bcher-kva.example")
        return 1

    people: Any = People()
    erase = Erase(people=people, forget=forget)
    with pytest.raises(StoreError):
        erase("jörg@bücher.example", now=NOW)
    people.down = False
    receipt = erase("jörg@bücher.example", now=NOW)
    assert told == ["outbox", "database", "outbox", "database", "outbox"]
    assert receipt.removed[:2] == ("the address and the name", "subscriptions: weekly")
