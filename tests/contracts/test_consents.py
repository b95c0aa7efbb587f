"""Consent, imports and erasure, on SQLite and on PostgreSQL."""

import datetime as dt
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from builders import NOW, a_list, an_issue, editions_of, subscribers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from postgres import postgres_url
from sqlalchemy import String, cast, func, inspect, select

from briefpub.content.importers.subscribers import read_rows, write_sheet
from briefpub.domain.audience import (
    RowFate,
    SubscriberRow,
    SubscriptionFormat,
    SubscriptionState,
    address_hash,
)
from briefpub.domain.consent import (
    CONFIRM_WITHIN,
    Answer,
    Asked,
    Changes,
    ConsentEvent,
    Kept,
    Wish,
    whole_second,
)
from briefpub.domain.delivery import Attempt, DeliveryState
from briefpub.domain.errors import ConfigError, ContentError
from briefpub.domain.person import told
from briefpub.domain.replies import Outcome
from briefpub.store.audience import SqlAudience
from briefpub.store.consents import SqlConsents
from briefpub.store.database import Database, open_database
from briefpub.store.intakes import SqlIntakes
from briefpub.store.issues import SqlIssues
from briefpub.store.mailings import SqlLedger
from briefpub.store.people import SqlPeople
from briefpub.store.tables import metadata, subscriber

MINUTE, HOUR, DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)
ANA = "ana.marlowe@example.org"


@dataclass
class Store:
    database: Database

    def __post_init__(self) -> None:
        self.audience = SqlAudience(database=self.database)
        self.issues = SqlIssues(database=self.database)
        self.ledger = SqlLedger(database=self.database)
        self.consents = SqlConsents(database=self.database)
        self.intakes = SqlIntakes(database=self.database)
        self.people = SqlPeople(database=self.database)
        self.audience.declare(a_list())

    def ask(self, address: str = ANA, *, at: dt.datetime = NOW, **wish: Any) -> int:
        """Ask for the weekly; give the subscriber's id."""
        requested = self.consents.request("weekly", Wish(address=address, **wish), how="form", now=at)
        assert requested.fate is Asked.ASKED
        assert requested.subscriber is not None
        return requested.subscriber.id

    def confirm(self, person: int, *, asked: dt.datetime = NOW, at: dt.datetime = NOW + HOUR) -> Answer:
        return self.consents.confirm("weekly", person, asked_at=whole_second(asked), how="letter", now=at)

    def state(self, address: str = ANA) -> SubscriptionState | None:
        standing = self.consents.standing_of("weekly", address)
        return standing.state if standing else None

    def events(self, address: str = ANA) -> list[ConsentEvent]:
        person = self.people.person(address)
        return [one.event for one in person.consent] if person else []

    def queue(self, *, article: str = "bread") -> int:
        """Queue an issue for all who are confirmed; give the mailing's id."""
        record = self.issues.compose("weekly", [article], title="", date=NOW.date())
        self.issues.freeze(record.key, manifest_sha256="a" * 64, editions=editions_of(an_issue()))
        return self.ledger.queue(record.key, now=NOW).id

    def claim(self, mailing: int, *, at: dt.datetime = NOW):
        return self.ledger.claim(mailing, owner="me", most=100, lease_until=at + 5 * MINUTE, now=at)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with ExitStack() as stack:
        url = str(tmp_path / "briefpub.db")
        if request.param == "postgresql":
            url = stack.enter_context(postgres_url())
        database = open_database(url)
        stack.callback(database.close)
        yield Store(database)


def holding(database: Database, word: str) -> list[str]:
    """Name every column that holds a word, whatever its case."""
    found = []
    with database.reading() as connection:
        for table in metadata.sorted_tables:
            for column in table.columns:
                text = func.lower(cast(column, String))
                if connection.execute(select(func.count()).where(text.contains(word.lower()))).scalar():
                    found.append(f"{table.name}.{column.name}")
    return found


class TestRequestAndConfirm:
    def test_nobody_is_on_a_list_before_they_confirm(self, store: Store) -> None:
        person = store.ask()
        assert store.state() is SubscriptionState.PENDING
        assert store.audience.confirmed("weekly") == 0
        assert store.confirm(person) is Answer.DONE
        assert store.audience.confirmed("weekly") == 1
        assert store.confirm(person, at=NOW + 2 * HOUR) is Answer.ALREADY
        assert store.events() == [ConsentEvent.REQUESTED, ConsentEvent.CONFIRMED]

    def test_the_proof_says_when_how_and_for_which_address(self, store: Store) -> None:
        store.confirm(store.ask())
        person = store.people.person(ANA)
        assert person is not None
        proof = person.consent[-1]
        assert (proof.at, proof.how, proof.list, proof.address_hash) == (
            NOW + HOUR,
            "letter",
            "weekly",
            address_hash(ANA),
        )

    @pytest.mark.parametrize("wait", [dt.timedelta(0), HOUR - MINUTE])
    def test_one_letter_an_hour_at_most(self, store: Store, wait: dt.timedelta) -> None:
        store.ask()
        again = store.consents.request("weekly", Wish(address=ANA.upper()), how="form", now=NOW + wait)
        assert again.fate is Asked.TOO_SOON
        assert store.ask(at=NOW + HOUR)

    def test_a_letter_that_did_not_go_out_may_be_asked_for_at_once(self, store: Store) -> None:
        person = store.ask()
        store.consents.unsent("weekly", person, how="451 4.7.1 later", now=NOW)
        assert store.ask(at=NOW + MINUTE) == person
        assert store.confirm(person, asked=NOW + MINUTE) is Answer.DONE

    def test_whoever_is_here_gets_no_letter(self, store: Store) -> None:
        store.confirm(store.ask())
        again = store.consents.request("weekly", Wish(address=ANA), how="form", now=NOW + DAY)
        assert (again.fate, again.subscriber) == (Asked.HERE, None)

    def test_a_request_changes_nothing_of_one_who_is_here(self, store: Store) -> None:
        store.confirm(store.ask(name="Ana"))
        wish = Wish(address=ANA, name="Eve", format=SubscriptionFormat.NOTICE, device="eve@example.net")
        store.consents.request("weekly", wish, how="form", now=NOW + DAY)
        standing = store.consents.standing_of("weekly", ANA)
        assert standing is not None
        assert (standing.subscriber.name, standing.format, standing.device) == (
            "Ana",
            SubscriptionFormat.DIGEST,
            "",
        )

    def test_a_suppressed_address_gets_no_letter_and_no_row(self, store: Store) -> None:
        store.audience.suppress(ANA, reason="complained", now=NOW)
        requested = store.consents.request("weekly", Wish(address=ANA), how="form", now=NOW)
        assert requested.fate is Asked.OFF
        assert holding(store.database, "ana.marlowe") == []

    def test_a_link_of_an_old_letter_brings_nobody_back(self, store: Store) -> None:
        person = store.ask()
        assert store.confirm(person) is Answer.DONE
        store.consents.unsubscribe("weekly", person, how="link", now=NOW + 2 * HOUR)
        assert store.confirm(person, at=NOW + 3 * HOUR) is Answer.STALE
        store.ask(at=NOW + 4 * HOUR)
        assert store.state() is SubscriptionState.UNSUBSCRIBED
        assert store.confirm(person, at=NOW + 5 * HOUR) is Answer.STALE
        assert store.confirm(person, asked=NOW + 4 * HOUR, at=NOW + 5 * HOUR) is Answer.DONE
        assert store.events()[-1] is ConsentEvent.RESUBSCRIBED

    def test_who_left_by_other_ways_is_not_brought_back_either(self, store: Store) -> None:
        person = store.ask()
        assert store.audience.unsubscribe("weekly", ANA, now=NOW + MINUTE)
        assert store.confirm(person) is Answer.STALE

    def test_saying_no_to_a_letter_holds(self, store: Store) -> None:
        person = store.ask()
        assert store.consents.unsubscribe("weekly", person, how="link", now=NOW + MINUTE) is Answer.DONE
        assert store.confirm(person) is Answer.STALE
        assert store.consents.undo("weekly", person, how="link", now=NOW + HOUR) is Answer.STALE

    def test_a_second_request_is_undone_by_another_no(self, store: Store) -> None:
        person = store.ask()
        store.consents.unsubscribe("weekly", person, how="link", now=NOW + MINUTE)
        store.ask(at=NOW + HOUR)
        assert store.consents.unsubscribe("weekly", person, how="link", now=NOW + HOUR) is Answer.DONE
        assert store.confirm(person, asked=NOW + HOUR) is Answer.STALE

    def test_an_unknown_list_or_person(self, store: Store) -> None:
        with pytest.raises(ConfigError, match="no list 'daily'"):
            store.consents.request("daily", Wish(address=ANA), how="form", now=NOW)
        assert store.confirm(99) is Answer.GONE
        assert store.consents.unsubscribe("weekly", 99, how="link", now=NOW) is Answer.GONE


class TestLeaving:
    def test_twice_is_once_and_undo_within_a_day(self, store: Store) -> None:
        person = store.ask()
        store.confirm(person)
        at = NOW + DAY
        assert store.consents.unsubscribe("weekly", person, how="one click", now=at) is Answer.DONE
        assert store.consents.unsubscribe("weekly", person, how="one click", now=at) is Answer.ALREADY
        assert store.events().count(ConsentEvent.UNSUBSCRIBED) == 1
        undo = store.consents.undo
        assert undo("weekly", person, how="page", now=at + MINUTE) is Answer.DONE
        assert undo("weekly", person, how="page", now=at + MINUTE) is Answer.ALREADY
        store.consents.unsubscribe("weekly", person, how="link", now=at + HOUR)
        assert undo("weekly", person, how="page", now=at + HOUR + DAY) is Answer.EXPIRED
        assert store.state() is SubscriptionState.UNSUBSCRIBED

    def test_what_waits_to_be_sent_is_not_sent(self, store: Store) -> None:
        person = store.ask()
        store.confirm(person)
        store.audience.subscribe("weekly", subscribers(1), consent="", now=NOW)
        mailing = store.queue()
        store.consents.unsubscribe("weekly", person, how="link", now=NOW + 2 * HOUR)
        claimed = store.claim(mailing)
        assert [one.subscriber.address for one in claimed] == ["reader0000@example.org"]

    def test_changes_are_written_down(self, store: Store) -> None:
        person = store.ask()
        store.confirm(person)
        changes = Changes(name="Ana", format=SubscriptionFormat.COMPILATION, device="ana@reader.example")
        for expected in (Answer.DONE, Answer.ALREADY):
            assert store.consents.change("weekly", person, changes, how="page", now=NOW + DAY) is expected
        standing = store.consents.standing("weekly", person)
        assert standing is not None
        assert (standing.subscriber.name, standing.format, standing.device) == (
            "Ana",
            SubscriptionFormat.COMPILATION,
            "ana@reader.example",
        )
        assert store.events()[-1] is ConsentEvent.CHANGED


class TestImports:
    def test_an_import_is_written_down_and_taken_back(self, store: Store) -> None:
        store.audience.subscribe("weekly", subscribers(1), consent="", now=NOW)
        before = list(store.intakes.standings("weekly"))
        number = store.intakes.begin("weekly", source="people.csv", now=NOW)
        fates = store.intakes.bring(number, subscribers(4), consent="at the fair", now=NOW + MINUTE)
        assert fates == (RowFate.HERE, *[RowFate.NEW] * 3)
        (intake,) = store.intakes.of("weekly")
        assert (intake.source, intake.added, intake.undone_at) == ("people.csv", 3, None)
        assert store.events("reader0002@example.org") == [ConsentEvent.IMPORTED]
        undone = store.intakes.undo(number, now=NOW + HOUR)
        assert (undone.taken_back, undone.kept, undone.intake.undone_at) == (3, {}, NOW + HOUR)
        assert list(store.intakes.standings("weekly")) == before
        assert store.people.person("reader0002@example.org") is None
        again = store.intakes.undo(number, now=NOW + DAY)
        assert (again.taken_back, again.intake.undone_at) == (0, NOW + HOUR)

    def test_who_was_mailed_or_changed_since_stays(self, store: Store) -> None:
        number = store.intakes.begin("weekly", source="people.csv", now=NOW)
        rows = subscribers(4)
        store.intakes.bring(number, rows[:1], consent="", now=NOW)
        store.queue()
        store.intakes.bring(number, rows, consent="", now=NOW + MINUTE)
        changed = store.consents.standing_of("weekly", rows[1].address)
        assert changed is not None
        store.consents.unsubscribe("weekly", changed.subscriber.id, how="link", now=NOW + HOUR)
        store.audience.unsubscribe("weekly", rows[2].address, now=NOW + HOUR)
        undone = store.intakes.undo(number, now=NOW + DAY)
        assert (undone.taken_back, undone.kept) == (1, {Kept.MAILED: 1, Kept.CHANGED: 2})
        assert dict(undone.some)[rows[0].address] is Kept.MAILED
        assert [store.state(row.address) for row in rows[1:]] == [SubscriptionState.UNSUBSCRIBED] * 2 + [None]

    def test_an_unknown_import_and_one_taken_back_are_refused(self, store: Store) -> None:
        with pytest.raises(ConfigError, match="no import 7"):
            store.intakes.undo(7, now=NOW)
        number = store.intakes.begin("weekly", source="x.csv", now=NOW)
        store.intakes.undo(number, now=NOW)
        with pytest.raises(Exception, match="taken back"):
            store.intakes.bring(number, subscribers(1), consent="", now=NOW)

    def test_undo_leaves_whoever_is_on_another_list(self, store: Store) -> None:
        store.audience.declare(a_list("annual"))
        number = store.intakes.begin("weekly", source="x.csv", now=NOW)
        store.intakes.bring(number, subscribers(1), consent="", now=NOW)
        store.intakes.add("annual", subscribers(1)[0], consent="by phone", now=NOW + HOUR)
        assert store.intakes.undo(number, now=NOW + DAY).taken_back == 1
        assert store.audience.confirmed("annual") == 1

    def test_more_than_a_page(self, store: Store) -> None:
        number = store.intakes.begin("weekly", source="x.csv", now=NOW)
        store.intakes.bring(number, subscribers(2_300), consent="", now=NOW)
        assert store.intakes.undo(number, now=NOW).taken_back == 2_300
        with store.database.reading() as connection:
            assert connection.execute(select(func.count()).select_from(subscriber)).scalar() == 0

    def test_importing_an_export_changes_nothing(self, store: Store) -> None:
        store.audience.subscribe("weekly", subscribers(5, briefs=2), consent="=at the fair", now=NOW)
        store.audience.unsubscribe("weekly", "reader0001@example.org", now=NOW)
        store.audience.suppress("reader0002@example.org", reason="bounced", now=NOW)
        before = list(store.intakes.standings("weekly"))
        rows = read_rows(b"".join(write_sheet(before)), name="x.csv")
        number = store.intakes.begin("weekly", source="x.csv", now=NOW)
        fates = store.intakes.bring(number, rows, consent="", now=NOW + DAY)
        assert RowFate.NEW not in fates
        assert fates[1] is RowFate.OFF
        assert list(store.intakes.standings("weekly")) == before


CELLS = st.sampled_from(
    (
        *(
            "",
            "a@b.org",
            "A@B.org",
            "c@d.org",
            "e@f.org",
            "ü@f.org",
            "no",
            "x\0",
            "\ud7ff",
            "\r",
            '"',
            "'",
            "=1",
        ),
        *(
            "confirmed",
            "pending",
            "unsubscribed",
            "subscribed",
            "maybe",
            "digest",
            "notice",
            "a" * 70 + "@b.org",
        ),
    )
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=10)
@given(table=st.lists(st.tuples(CELLS, CELLS, CELLS, CELLS), max_size=6), text=st.text(max_size=30))
def test_no_csv_resubscribes_anybody_and_undo_leaves_all_as_it_was(
    tmp_path_factory: pytest.TempPathFactory, empty: Path, table: list[tuple[str, ...]], text: str
) -> None:
    path = tmp_path_factory.mktemp("any") / "briefpub.db"
    path.write_bytes(empty.read_bytes())
    store = Store(open_database(str(path)))
    try:
        store.audience.subscribe(
            "weekly",
            [SubscriberRow(line=1, address=one) for one in ("a@b.org", "c@d.org", "g@h.org")],
            consent="",
            now=NOW,
        )
        store.audience.unsubscribe("weekly", "a@b.org", now=NOW)
        store.audience.suppress("c@d.org", reason="complained", now=NOW)
        before, people = list(store.intakes.standings("weekly")), holding(store.database, "@")
        data = "email,status,name,format\n" + "".join(",".join(row) + "\n" for row in table) + text
        try:
            rows = read_rows(data.encode("utf-8", "replace"), name="x.csv")
        except ContentError:
            return
        number = store.intakes.begin("weekly", source="x.csv", now=NOW)
        store.intakes.bring(number, rows, consent="", now=NOW + DAY)
        after = {one.subscriber.address: one for one in store.intakes.standings("weekly")}
        assert [after[one.subscriber.address] for one in before] == before
        undone = store.intakes.undo(number, now=NOW + 2 * DAY)
        assert undone.kept == {}
        assert list(store.intakes.standings("weekly")) == before
        assert holding(store.database, "@") == people
    finally:
        store.database.close()


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("consents") / "empty.db"
    open_database(str(path)).close()
    return path


class TestErasure:
    def mailed(self, store: Store) -> int:
        """Give a mailing of three: Ana's failed with a reply that names her, one is queued, one accepted."""
        store.audience.subscribe("weekly", subscribers(2), consent="", now=NOW)
        standing = store.consents.standing_of("weekly", ANA)
        person = standing.subscriber.id if standing else store.ask()
        store.confirm(person)
        mine = Changes(name="Ana Marlowe-Quince", device="ana.marlowe@reader.example")
        store.consents.change("weekly", person, mine, how="page", now=NOW)
        mailing = store.queue()
        reply = f"550 5.1.1 <{ANA}> unknown, said Ana.Marlowe@EXAMPLE.org"
        for one in store.claim(mailing, at=NOW + HOUR):
            attempt = Attempt(at=NOW + HOUR, outcome=Outcome.FAILED, reply=reply)
            if one.subscriber.address != ANA:
                attempt = Attempt(at=NOW + HOUR, outcome=Outcome.ACCEPTED, reply="250 2.0.0 ok")
            store.ledger.record(
                owner="me",
                handed=[],
                ended=[(one.after(attempt), attempt)],
                lease_until=NOW + 2 * HOUR,
                now=NOW + HOUR,
            )
        store.ledger.pause(mailing, reason=f"two mails failed, {ANA} among them", now=NOW + HOUR)
        return mailing

    def test_only_the_hash_stays(self, store: Store) -> None:
        store.audience.subscribe("weekly", subscribers(2), consent="", now=NOW)
        store.confirm(store.ask())
        queued = store.queue(article="salt")
        mailing = self.mailed(store)
        assert len(store.people.messages(ANA)) == 3
        removed = store.people.erase(ANA.upper(), now=NOW + DAY)
        assert (removed.lists, removed.events, removed.deliveries) == (("weekly",), 4, 2)
        assert removed.skipped == 1
        for word in ("ana.marlowe", "marlowe", "quince", "reader.example"):
            assert holding(store.database, word) == []
        assert holding(store.database, address_hash(ANA)) == ["suppression.address_hash"]
        assert [one.subscriber.address for one in store.claim(queued, at=NOW + DAY)] == [
            "reader0000@example.org",
            "reader0001@example.org",
        ]
        counts = {one.id: one.counts for one in store.ledger.mailings("weekly")}
        assert counts[mailing][DeliveryState.FAILED] == 1
        assert counts[queued][DeliveryState.SKIPPED] == 1

    def test_no_failed_mail_to_the_erased_is_tried_again(self, store: Store) -> None:
        mailing = self.mailed(store)
        store.people.erase(ANA, now=NOW + DAY)
        store.ledger.resume(mailing, now=NOW + DAY)
        store.ledger.retry(mailing, now=NOW + DAY)
        assert store.claim(mailing, at=NOW + 2 * DAY) == ()

    def test_no_byte_stays_in_the_files(self, store: Store) -> None:
        if store.database.path is None:
            pytest.skip("a server's files are its operator's matter; the columns are looked through above")
        self.mailed(store)
        folder = store.database.path.parent
        assert any(b"quince" in path.read_bytes().lower() for path in folder.iterdir())
        store.people.erase(ANA, now=NOW + DAY)
        for path in folder.iterdir():
            data = path.read_bytes().lower()
            for word in (b"ana.marlowe", b"marlowe", b"quince"):
                assert word not in data, path.name

    def test_no_import_brings_them_back_and_they_may_come_by_themselves(self, store: Store) -> None:
        self.mailed(store)
        store.people.erase(ANA, now=NOW + DAY)
        row = SubscriberRow(line=2, address=ANA)
        assert store.intakes.add("weekly", row, consent="", now=NOW + 2 * DAY) is RowFate.OFF
        person = store.ask(at=NOW + 3 * DAY)
        assert store.audience.confirmed("weekly") == 2
        assert store.confirm(person, asked=NOW + 3 * DAY, at=NOW + 4 * DAY) is Answer.DONE
        assert store.audience.confirmed("weekly") == 3

    def test_erasing_again_or_a_stranger_changes_nothing(self, store: Store) -> None:
        self.mailed(store)
        store.people.erase(ANA, now=NOW + DAY)
        again = store.people.erase(ANA, now=NOW + 2 * DAY)
        assert (again.known, again.subscriber) == (True, None)
        stranger = store.people.erase("stranger@example.org", now=NOW)
        assert not stranger.known
        row = SubscriberRow(line=2, address="stranger@example.org")
        assert store.intakes.add("weekly", row, consent="", now=NOW) is RowFate.NEW

    def test_all_that_is_held_is_told(self, store: Store) -> None:
        self.mailed(store)
        person = store.people.person(ANA)
        assert person is not None
        held = told(person)
        assert (held["address"], held["name"]) == (ANA, "Ana Marlowe-Quince")
        assert [one.issue for one in person.deliveries] == ["weekly/001"]
        assert person.deliveries[0].at == NOW + HOUR
        assert store.people.person("stranger@example.org") is None


def test_every_column_of_text_is_looked_through(tmp_path: Path) -> None:
    """A new table or column is looked through by the tests above without being named."""
    database = open_database(str(tmp_path / "briefpub.db"))
    try:
        tables = set(inspect(database.engine).get_table_names()) - {"alembic_version"}
    finally:
        database.close()
    assert tables == {table.name for table in metadata.sorted_tables}


def test_letters_are_good_for_seven_days() -> None:
    assert CONFIRM_WITHIN == 7 * DAY
