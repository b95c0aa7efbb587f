"""Whether a machine may send by itself: copies, restored backups and clocks that jump are noticed."""

import datetime as dt
import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from builders import NOW

from briefpub.domain.errors import OutboxError
from briefpub.domain.home import Home, ahead, elsewhere, older
from briefpub.engine.marks import Marks
from briefpub.store.database import open_database
from briefpub.store.homes import SqlHomes
from briefpub.workflows.at_home import LOOK_EVERY, AtHome

HERE = Home(fingerprint="a" * 64, place="here:/briefpub.db")
THERE = Home(fingerprint="b" * 64, place="there:/briefpub.db")
HOUR = dt.timedelta(hours=1)


@dataclass
class FakeHomes:
    where: Home = HERE
    kept: Home | None = None

    def here(self) -> Home:
        return self.where

    def recorded(self) -> Home | None:
        return self.kept

    def record(self, home: Home, *, now: dt.datetime) -> None:
        self.kept = home


@dataclass
class Clocks:
    """A wall clock that can be set, and one that only counts."""

    wall: dt.datetime = NOW
    ticks: float = 1000.0

    def pass_(self, span: dt.timedelta, *, jump: dt.timedelta = dt.timedelta(0)) -> None:
        self.ticks += span.total_seconds()
        self.wall += span + jump


@dataclass
class Place:
    folder: Path
    homes: FakeHomes = field(default_factory=FakeHomes)
    clocks: Clocks = field(default_factory=Clocks)
    marks: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.kept = Marks(path=self.folder / "marks.json")
        self.home = self.process()

    def process(self) -> AtHome:
        return AtHome(
            homes=self.homes,
            marks=lambda: self.marks,
            kept=self.kept,
            now=lambda: self.clocks.wall,
            ticks=lambda: self.clocks.ticks,
        )

    def later(self) -> None:
        self.clocks.pass_(dt.timedelta(seconds=LOOK_EVERY + 1))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def test_the_first_place_is_home(place: Place) -> None:
    assert place.home.doubt() == ""
    assert place.homes.kept == HERE
    assert place.home.doubt() == ""


def test_another_place_is_doubted_until_somebody_adopts_it(place: Place) -> None:
    place.homes.kept = THERE
    assert "last used at there:/briefpub.db" in place.home.doubt()
    assert place.homes.kept == THERE
    assert len(place.home.adopt()) == 1
    assert place.home.doubt() == ""
    assert place.homes.kept == HERE


def test_a_database_behind_its_marks_is_doubted(place: Place) -> None:
    place.marks = {"issue weekly/each": "000000012", "run sundays": "2026-11-29T07:30"}
    place.home.mark()
    place.marks = {"issue weekly/each": "000000011", "run sundays": "2026-11-29T07:30"}
    assert "issue 12 of weekly went out from here" in place.home.doubt()
    place.later()
    place.marks["issue weekly/each"] = "000000012"
    assert place.home.doubt() == ""


def test_marks_only_ever_go_forward(place: Place) -> None:
    place.marks = {"run sundays": "2026-11-29T07:30"}
    place.home.mark()
    place.marks = {"run sundays": "2026-11-22T07:30", "run mondays": "2026-11-23T07:30"}
    place.home.mark()
    assert place.kept.read() == {"run mondays": "2026-11-23T07:30", "run sundays": "2026-11-29T07:30"}


def test_adopting_takes_the_database_for_the_truth(place: Place) -> None:
    place.marks = {"run sundays": "2026-11-29T07:30"}
    place.home.mark()
    place.marks = {}
    assert "a run planned for 2026-11-29 07:30" in place.home.adopt()[0]
    assert place.kept.read() == {}
    assert place.home.older() == ""


def test_a_jump_of_the_clock_makes_what_it_reached_doubtful_and_nothing_else(place: Place) -> None:
    assert place.home.doubt(NOW) == ""
    place.clocks.pass_(dt.timedelta(seconds=30), jump=dt.timedelta(days=3))
    assert "the clock jumped" in place.home.doubt(NOW + HOUR)
    assert place.home.doubt(NOW - HOUR) == ""
    assert place.home.doubt(NOW + dt.timedelta(days=4)) == ""
    assert place.home.doubt() == ""
    assert place.process().doubt(NOW + HOUR) == ""  # a new process has seen no jump


@pytest.mark.parametrize("jump", [dt.timedelta(minutes=59), -dt.timedelta(days=1)])
def test_a_clock_that_is_set_a_little_or_back_is_no_jump(place: Place, jump: dt.timedelta) -> None:
    place.home.doubt()
    place.clocks.pass_(HOUR, jump=jump)
    assert place.home.doubt(NOW + HOUR) == ""


def test_a_machine_that_sleeps_is_no_jump(place: Place) -> None:
    place.home.doubt()
    place.clocks.pass_(dt.timedelta(days=5))
    assert place.home.doubt(NOW + HOUR) == ""


def test_marks_that_cannot_be_read_are_one_clear_error(place: Place) -> None:
    for damage in (b"{", b"[]", b'{"marks": 3}', b"\xff"):
        place.kept.path.write_bytes(damage)
        with pytest.raises(OutboxError, match="marks of what was sent") as raised:
            place.kept.read()
        assert "adopt" in raised.value.hint
        # They prove nothing then: whatever goes out by itself asks, and nothing is written over them.
        assert "cannot be read" in place.process().doubt()
        place.process().mark()
        assert place.kept.path.read_bytes() == damage


def test_adopting_mends_damaged_marks(place: Place) -> None:
    place.kept.path.write_bytes(b"{")
    place.marks = {"run sundays": "2026-11-29T07:30"}
    place.home.adopt()
    assert json.loads(place.kept.path.read_bytes())["marks"] == place.marks


def test_the_words_name_what_is_missing() -> None:
    assert elsewhere(None, HERE) == elsewhere(HERE, HERE) == ""
    assert older({}, {"run x": "1"}) == ""
    assert "issue 3 of weekly/monthly" in older({"issue weekly/monthly": "000000003"}, {})
    assert ahead({"a": "1"}, {"a": "2", "b": "1"}) == {"a": "2", "b": "1"}


def test_a_database_knows_the_machine_and_the_file(tmp_path: Path) -> None:
    first, second = (open_database(str(tmp_path / name)) for name in ("a.db", "b.db"))
    homes = SqlHomes(database=first)
    assert homes.recorded() is None
    homes.record(homes.here(), now=NOW)
    homes.record(homes.here(), now=NOW)
    assert homes.recorded() == homes.here()
    assert homes.here() != SqlHomes(database=second).here()
    first.close()
    second.close()
