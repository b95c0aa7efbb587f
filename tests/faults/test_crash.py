"""Killed after any step, publishing goes on where it stopped: nobody is forgotten, nobody is mailed twice.

First each durable step in turn, in one process, with the real store, outbox and maildir; then `kill -9` of
a real process at points of its own choosing.
"""

import mailbox
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Self, cast

import pytest
from builders import NOW, a_list, an_article, subscribers
from fakes import FakeArticles
from newsroom import a_publish, run

from briefpub.domain.audience import InDoubt
from briefpub.domain.delivery import Attempt, Delivery, DeliveryState, Message
from briefpub.domain.replies import Outcome as Ended
from briefpub.outbox import OutboxFolder
from briefpub.store.audience import SqlAudience
from briefpub.store.database import Database, open_database
from briefpub.store.issues import SqlIssues
from briefpub.store.lock import alone
from briefpub.store.mailings import SqlLedger
from briefpub.transport.maildir import Maildir
from briefpub.workflows.ports import Transport, Work
from briefpub.workflows.publish import Outcome, Publish

READERS = 3
KILLS = 12


class Killed(BaseException):
    """Stands for `kill -9`: no part of us may catch it."""


@dataclass
class Life:
    """Ends after so many durable steps; the dead do nothing any more."""

    steps: int
    taken: int = 0

    def alive(self) -> None:
        if self.taken >= self.steps:
            raise Killed

    def step(self) -> None:
        self.taken += 1
        self.alive()


@dataclass
class Mortal:
    """A port whose process dies right after the last step of its life was made durable."""

    real: Any
    life: Life

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.real, name)
        if not callable(found) or name == "site":  # which asks nothing and writes nothing
            return found

        def call(*args: Any, **named: Any) -> Any:
            self.life.alive()
            result = found(*args, **named)
            self.life.step()
            return result

        return call

    @contextmanager
    def opened(self, issue: str) -> Iterator["Mortal"]:
        with self.real.opened(issue) as real:
            yield Mortal(real, self.life)


@dataclass
class Post:
    """A transport that cannot take back or repeat: what it was given is delivered, as by SMTP.

    It hands over `group` messages at once, and says what came of them when it asks for the next ones. Each
    message that is delivered is a step of its process's life.
    """

    life: Life
    group: int = 2
    delivered: list[str] = field(default_factory=list)
    in_doubt: InDoubt = InDoubt.HOLD

    def site(self, delivery: Delivery) -> str:
        return "post"

    @contextmanager
    def opened(self, issue: str) -> Iterator[Self]:
        yield self

    def carry(self, work: Work) -> None:
        ended: list[tuple[int, Attempt]] = []
        while messages := self._taken(work):
            granted = work.record([message.delivery for message in messages], ended)
            ended = []
            for message in messages:
                assert message.delivery in granted
                self.delivered.append(message.envelope_to)
                self.life.step()
                ended.append(
                    (message.delivery, Attempt(at=work.now(), outcome=Ended.ACCEPTED, reply="250 ok"))
                )
        work.record([], ended)

    def _taken(self, work: Work) -> list[Message]:
        taken: list[Message] = []
        while len(taken) < self.group and isinstance(message := work.next(), Message):
            taken.append(message)
        return taken


def a_database(folder: Path, readers: int = READERS) -> Database:
    """Give a database with a list and its readers."""
    database = open_database(str(folder / "briefpub.db"))
    audience = SqlAudience(database=database)
    audience.declare(a_list())
    audience.subscribe("weekly", subscribers(readers, briefs=1), consent="", now=NOW)
    return database


def a_newsroom(folder: Path, database: Database, transport: Transport, life: Life) -> Publish:
    return a_publish(
        articles=FakeArticles((an_article("bread"), an_article("salt"))),
        audience=cast("SqlAudience", Mortal(SqlAudience(database=database), Life(10**9))),
        issues=cast("SqlIssues", Mortal(SqlIssues(database=database), life)),
        ledger=cast("SqlLedger", Mortal(SqlLedger(database=database), life)),
        outbox=cast("OutboxFolder", Mortal(OutboxFolder(folder / "outbox"), life)),
        transport=cast("Transport", Mortal(transport, life)),
        alone=partial(alone, database),
    )


def received(folder: Path) -> Counter[str]:
    box = mailbox.Maildir(folder / "outbox/weekly/001/maildir", create=False)
    return Counter(str(message["To"]).partition("<")[2].rstrip(">") for message in box)


def everybody(readers: int = READERS) -> Counter[str]:
    return Counter(row.address for row in subscribers(readers))


@pytest.fixture(scope="session")
def steps(tmp_path_factory: pytest.TempPathFactory) -> int:
    """Count the steps of a publish that nothing disturbs."""
    folder = tmp_path_factory.mktemp("undisturbed")
    database = a_database(folder)
    life = Life(10**9)
    assert run(a_newsroom(folder, database, Maildir(folder / "outbox"), life)).outcome is Outcome.PUBLISHED
    database.close()
    return life.taken


def test_killed_after_any_step_the_maildir_holds_each_message_once(tmp_path: Path, steps: int) -> None:
    assert steps > 15
    for taken in range(1, steps + 1):
        folder = tmp_path / str(taken)
        folder.mkdir()
        database = a_database(folder)
        maildir = Maildir(folder / "outbox")
        with pytest.raises(Killed):
            run(a_newsroom(folder, database, maildir, Life(taken)))
        again = run(a_newsroom(folder, database, maildir, Life(10**9)))
        published = SqlIssues(database=database).of()
        mailing = SqlLedger(database=database).mailing("weekly/001")
        database.close()
        assert again.outcome in {Outcome.PUBLISHED, Outcome.NOTHING_NEW}
        assert [(record.key, record.state.value) for record in published] == [("weekly/001", "published")]
        assert mailing is not None
        assert mailing.counts[DeliveryState.ACCEPTED] == READERS, taken
        assert mailing.left == 0
        assert received(folder) == everybody()


def test_killed_after_any_step_nobody_is_mailed_twice(tmp_path: Path) -> None:
    doubted = 0
    database, life = a_database(tmp_path), Life(10**9)
    run(a_newsroom(tmp_path, database, Post(life), life))
    database.close()
    assert life.taken > 15
    for taken in range(1, life.taken + 1):
        folder = tmp_path / str(taken)
        folder.mkdir()
        database = a_database(folder)
        first, second = Life(taken), Life(10**9)
        post = Post(first)
        with pytest.raises(Killed):
            run(a_newsroom(folder, database, post, first))
        post.life = second
        run(a_newsroom(folder, database, post, second))
        mailing = SqlLedger(database=database).mailing("weekly/001")
        rows = list(SqlLedger(database=database).deliveries(1))
        database.close()
        assert mailing is not None
        unknown = {row.subscriber.address for row in rows if row.state is DeliveryState.UNKNOWN}
        accepted = {row.subscriber.address for row in rows if row.state is DeliveryState.ACCEPTED}
        doubted += bool(unknown)
        assert unknown | accepted == set(everybody())
        got = Counter(post.delivered)
        assert all(count == 1 for count in got.values()), taken
        assert accepted <= set(got)
        # Only what stood between the dot and its record is in doubt.
        assert len(unknown) <= post.group
    assert doubted > 0


# One process forks a publisher for each life, waits for as many of its steps as chance says, and kills it.
KILLER = """
import os, random, signal, sys
from pathlib import Path
sys.path[:0] = {paths!r}
import test_crash
from newsroom import run

class Loud(test_crash.Life):
    def step(self):
        os.write(out, b".")

folder = Path({folder!r})
choice = random.Random(20261122)
for _ in range({kills}):
    into, out = os.pipe()
    child = os.fork()
    if child == 0:
        database = test_crash.open_database(str(folder / "briefpub.db"))
        run(test_crash.a_newsroom(folder, database, test_crash.Maildir(folder / "outbox", group=10), Loud(10**9)))
        os._exit(0)
    os.close(out)
    for _ in range(choice.randint(3, 24)):
        os.read(into, 1)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(into)
"""


@pytest.mark.slow
def test_kill_9_at_a_dozen_points_loses_and_doubles_nothing(tmp_path: Path) -> None:
    readers = 400
    a_database(tmp_path, readers).close()
    here = Path(__file__).parent
    code = KILLER.format(paths=[str(here), str(here.parent)], folder=str(tmp_path), kills=KILLS)
    subprocess.run([sys.executable, "-c", code], check=True)
    database = open_database(str(tmp_path / "briefpub.db"))
    begun = SqlLedger(database=database).mailing("weekly/001")
    done = run(a_newsroom(tmp_path, database, Maildir(tmp_path / "outbox"), Life(10**9)))
    mailing = SqlLedger(database=database).mailing("weekly/001")
    database.close()
    assert begun is not None
    assert 0 < begun.left < readers, "the kills fell before or after the mailing, not into it"
    assert done.outcome is Outcome.PUBLISHED
    assert mailing is not None
    assert mailing.counts[DeliveryState.ACCEPTED] == readers
    assert received(tmp_path) == everybody(readers)
