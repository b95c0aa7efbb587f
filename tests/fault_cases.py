"""The fault table: what is done to a sending, case by case. Each case makes sure that its fault took place.

`CASES` is played by tests/faults/test_table.py and printed by benchmarks/faults.py, on SQLite and PostgreSQL.
"""

import contextlib
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import psycopg
from fault_senders import Senders
from fault_stage import Stage, left
from postgres import Server
from sink import (
    DROP,
    GREYLIST,
    RESET,
    STALL,
    Fault,
    Script,
    Step,
    dying_in_the_body,
    refusing,
    silent_after_the_dot,
)

from briefpub.domain.delivery import DeliveryState, MailingState
from briefpub.domain.errors import StoreError
from briefpub.store.mailings import SqlLedger
from briefpub.store.sqlite import sqlite_module

HOUR = 3600.0
UNHURRIED = Script(slow=0.001)
PIECE = 40
FULL = """
CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) FROM attempt) > 60 THEN
    RAISE EXCEPTION USING ERRCODE = '53100', MESSAGE = 'could not extend file: No space left on device';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER disk_full AFTER INSERT ON attempt DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION disk_full();
"""


@dataclass(frozen=True, slots=True)
class Case:
    """A fault: its line in the table, and how it is made."""

    name: str
    title: str
    play: Callable[[Stage, "Chance"], None]
    server_only: bool = False


@dataclass(slots=True, kw_only=True)
class Chance:
    """How often a case makes its fault, when, and on which server where it is to be killed."""

    times: int = 3
    random: random.Random
    server: Server | None = None

    def moment(self) -> tuple[int, float]:
        """Give how many messages, and then seconds, a sender is left alone behind its first connection."""
        return self.random.randint(0, 30), self.random.uniform(0.0, 0.01)


class NotPlayed(AssertionError):
    """The fault of a case did not take place: what the case says would be worth nothing."""


def need(fact: object, words: str) -> None:
    """Let a case fail whose fault did not take place."""
    if not fact:
        raise NotPlayed(words)


def fired(stage: Stage) -> int:
    """Count the faults that the sink made."""
    return sum(stage.sink.journal.firing.fired.values())


# ---- the server's faults


def greylisting(stage: Stage, _: Chance) -> None:
    stage.sink.script = Script(faults=(GREYLIST,))
    stage.send()
    counts = stage.mailing().counts
    need(counts[DeliveryState.QUEUED] == len(stage.recipients), f"greylisted all: {counts}, {stage.told}")
    need(not stage.judged(drained=False).broken, f"each says when it is tried again: {stage.judged()}")


def one_bad_recipient_first(stage: Stage, _: Chance) -> None:
    stage.sink.script = Script(faults=(refusing(stage.recipients[0]),))
    stage.send()
    counts = stage.mailing().counts
    need(counts[DeliveryState.FAILED] == 1, f"one was refused: {counts}")
    need(counts[DeliveryState.ACCEPTED] == len(stage.recipients) - 1, f"the others were taken: {counts}")


def faults(*made: Fault, doubtful: bool, **changes: float) -> Callable[[Stage, Chance], None]:
    """Give a case that makes faults of the sink; each may leave one message in doubt where `doubtful`."""

    def play(stage: Stage, _: Chance) -> None:
        stage.sink.script = Script(faults=made)
        stage.send(**changes)
        need(fired(stage) > 0, "the sink made its faults")
        stage.doubts += fired(stage) if doubtful else 0

    return play


def two_connections_only(stage: Stage, _: Chance) -> None:
    stage.sink.script = Script(limit=2)
    stage.send(connections=6)
    need(any(visit.turned_away for visit in stage.sink.sessions), "somebody was turned away")
    need(len(stage.sink.received) > 0, f"the others went on: {stage.told}")


def few_on_each_connection(stage: Stage, _: Chance) -> None:
    stage.sink.script = Script(per_connection=7)
    stage.send()
    need(len(stage.sink.sessions) > len(stage.recipients) // 10, "connections were ended by the server")


def replies_in_pieces(stage: Stage, _: Chance) -> None:
    stage.sink.script = Script(split=True, multiline=True)
    stage.send()
    need(stage.mailing().state is MailingState.DONE, f"all was understood: {stage.told}")


def login_rejected(stage: Stage, _: Chance) -> None:
    stage.sink.script = Script(users={"editor": "hunter2"})
    for _time in range(6):
        stage.send(user="editor", password="hunter3")
        if stage.mailing().state is MailingState.PAUSED:
            break
        stage.clock.move(HOUR)
    mailing = stage.mailing()
    need(mailing.state is MailingState.PAUSED, f"it paused itself: {mailing}, {stage.told}")
    need("login" in mailing.reason.lower(), f"it says why: {mailing.reason!r}")
    need("hunter" not in mailing.reason, "it tells no password")
    need(not stage.sink.received, "nothing was taken")
    need(not stage.judged(drained=False).broken, f"nothing is lost: {stage.judged(drained=False)}")


# ---- the database's faults


def disk_full(stage: Stage, _: Chance) -> None:
    stage.sink.script = UNHURRIED
    if stage.order.database.startswith("postgres"):
        with psycopg.connect(stage.order.database, autocommit=True) as connection:
            connection.execute(FULL.encode())
        error = stage.send()
        with psycopg.connect(stage.order.database, autocommit=True) as connection:
            connection.execute("DROP TRIGGER disk_full ON attempt")
    else:
        with stage.database() as database, database.reading() as reading:
            pages = reading.exec_driver_sql("PRAGMA page_count").scalar_one()
        error = stage.send(pages=pages + 3)
    need(isinstance(error, StoreError) and "full" in str(error), f"the disk was full: {error}")
    need(len(stage.sink.received) > 0, "it was full in the middle")
    stage.stopped()


@contextlib.contextmanager
def locked(url: str) -> Iterator[None]:
    """Hold the database against every writer."""
    if url.startswith("postgres"):
        with psycopg.connect(url) as other:
            other.execute("LOCK TABLE mailing, delivery IN ACCESS EXCLUSIVE MODE")
            yield
            other.rollback()
        return
    connect: Callable[..., sqlite3.Connection] = sqlite_module().connect
    with contextlib.closing(connect(url, timeout=5, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


def free(url: str) -> bool:
    """Say whether nobody is inside a transaction that writes."""
    if url.startswith("postgres"):
        with psycopg.connect(url) as other:
            try:
                other.execute("SELECT 1 FROM mailing FOR UPDATE NOWAIT")
            except psycopg.errors.LockNotAvailable:
                return False
            return True
    module = sqlite_module()
    with contextlib.closing(module.connect(url, timeout=0.0, isolation_level=None)) as other:
        try:
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
        except module.OperationalError:
            return False
        return True


def database_locked(stage: Stage, _: Chance) -> None:
    stage.sink.script = UNHURRIED
    with Senders(stage) as senders:
        sender = senders.start(database_patience=0.1)
        stage.until_taken(PIECE)
        with locked(stage.order.database):
            senders.wait(sender)
    need(left(stage.mailing()) > 0, "it was locked in the middle")
    need(any("busy" in said for said in stage.told), f"it says so: {stage.told}")
    stage.stopped()


def server_killed(stage: Stage, chance: Chance) -> None:
    """Kill the database's server in the middle of a run, and let it mend itself."""
    assert chance.server is not None
    stage.sink.script = UNHURRIED
    with Senders(stage) as senders:
        for turn in range(chance.times):
            sender = senders.start(database_patience=1.0)
            before = len(stage.sink.received)
            step = chance.random.randint(1, PIECE)
            stage.until(
                lambda: len(stage.sink.received) >= before + step or not senders.running(sender),  # noqa: B023
                "the server is to be killed",
            )
            if turn % 2:
                chance.server.stop(immediate=True)
            else:
                chance.server.kill()
            senders.wait(sender)
            chance.server.start()
            stage.stopped()
            if not left(stage.mailing()):
                break
    need(any("went away" in said or "server" in said for said in stage.told), f"it was seen: {stage.told}")


# ---- the sender's own


def killed(stage: Stage, chance: Chance) -> None:
    """Kill the sender at random moments, until it was killed so often or nothing is left."""
    stage.sink.script = UNHURRIED
    with Senders(stage) as senders:
        while stage.stops < chance.times and left(stage.mailing()):
            sender = senders.started(*chance.moment(), owner=f"life {stage.stops}")
            if senders.kill(sender):
                stage.stopped()
    need(stage.stops, "it was killed")


def two_at_once(stage: Stage, _: Chance) -> None:
    stage.sink.script = UNHURRIED
    with Senders(stage) as senders:
        both = [senders.start(owner=name, recover=False, batch=10) for name in ("one", "two")]
        for sender in both:
            senders.wait(sender)
    busy = sum(visit.messages > 0 for visit in stage.sink.sessions)
    need(busy > stage.order.connections, f"both of them sent: {busy} connections, {stage.told}")


def two_at_once_killed(stage: Stage, chance: Chance) -> None:
    """Let two senders work on one mailing and kill them by turns; leases, not the lock, keep order."""
    stage.sink.script = UNHURRIED
    with Senders(stage) as senders:
        alive: list[int] = []
        while stage.stops < chance.times and left(stage.mailing()):
            while len(alive) < 2:
                owner = f"{stage.stops}.{len(alive)}"
                alive.append(senders.started(*chance.moment(), owner=owner, recover=False, batch=10))
            if senders.kill(alive.pop(0)):
                stage.stopped()
            stage.clock.move(HOUR)  # what it had leased is free now, or in doubt
            stage.doubts += stage.order.connections * len(alive)  # theirs too, until they hear the reply
        for sender in alive:
            senders.wait(sender)
    need(stage.stops, "they were killed")


def asleep_beyond_its_lease(stage: Stage, chance: Chance) -> None:
    """Stop a worker until its lease is over and another one did its work; then let it go on."""
    stage.sink.script = UNHURRIED
    with Senders(stage) as senders:
        sleepers: list[int] = []
        while len(sleepers) < chance.times and left(stage.mailing()):
            sender = senders.started(
                *chance.moment(), owner=f"sleeper {len(sleepers)}", recover=False, database_patience=1.0
            )
            if not senders.running(sender):
                continue
            senders.hold(sender)
            while not free(stage.order.database):  # asleep inside a transaction: case `locked`
                senders.go_on(sender)
                time.sleep(0.001)
                senders.hold(sender)
            sleepers.append(sender)
            stage.stopped()
            stage.clock.move(HOUR)
        need(sleepers, "somebody slept")
        other = senders.start(owner="other", recover=False, database_patience=1.0)
        senders.wait(other)
        for sleeper in sleepers:
            senders.go_on(sleeper)
        for sleeper in sleepers:
            senders.wait(sleeper)


def clock_moved(seconds: float) -> Callable[[Stage, Chance], None]:
    """Give a case in which the clock jumps in the middle."""

    def play(stage: Stage, _: Chance) -> None:
        stage.sink.script = UNHURRIED
        with Senders(stage) as senders:
            sender = senders.start(rounds=2)
            stage.until_taken(PIECE)
            need(left(stage.mailing()) > 0, "it jumped in the middle")
            stage.clock.move(seconds)
            senders.wait(sender)
        if seconds > 0:
            stage.stopped()

    return play


def paused_and_resumed(stage: Stage, chance: Chance) -> None:
    """Pause the mailing at random moments, and resume it."""
    stage.sink.script = UNHURRIED
    with Senders(stage) as senders, stage.database() as database:
        ledger = SqlLedger(database=database)
        mailing = stage.mailing()
        paused = 0
        while paused < chance.times and left(stage.mailing()):
            sender = senders.started(*chance.moment(), recover=False, owner=f"pause {paused}")
            paused += ledger.pause(mailing.id, reason="tea", now=stage.clock()).state is MailingState.PAUSED
            senders.wait(sender)
            ledger.resume(mailing.id, now=stage.clock())
        need(paused, "it was paused")


def everything_at_once(stage: Stage, chance: Chance) -> None:
    """Kill the sender at random moments while the server greylists, refuses, dies and keeps silent."""
    stage.sink.script = Script(
        slow=0.001,
        faults=(
            Fault(at=Step.RCPT, do="451 4.7.1 later", every=31),
            refusing(stage.recipients[7]),
            Fault(at=Step.DATA, do="421 4.3.2 shutting down", every=43),
            dying_in_the_body(every=47, do=RESET),
            silent_after_the_dot(every=53),
            Fault(at=Step.MAIL, do=DROP, every=59),
        ),
    )
    with Senders(stage) as senders:
        # What was deferred waits; the clock goes on with each life, so that it is tried again.
        while stage.stops < chance.times and left(stage.mailing()):
            sender = senders.started(*chance.moment(), owner=f"life {stage.stops}")
            if senders.kill(sender):
                stage.stopped()
            stage.clock.move(HOUR / 4)
    fires = stage.sink.journal.firing.fired
    stage.doubts += sum(count for fault, count in fires.items() if fault.at in {Step.BODY, Step.DOT})
    need(stage.stops, "it was killed")


SERVER = (
    Case("greylist", "greylisting: each first RCPT 451", greylisting),
    Case("bad-first", "one bad recipient, first in the batch", one_bad_recipient_first),
    Case(
        "before-354",
        "dropped before the 354 (every 20th)",
        faults(Fault(at=Step.DATA, do=DROP, every=20), doubtful=False),
    ),
    Case("mid-data", "server dies in mid-DATA (every 20th)", faults(dying_in_the_body(20), doubtful=True)),
    Case("after-dot", "dropped after the dot (every 20th)", faults(silent_after_the_dot(20), doubtful=True)),
    Case(
        "reset-after-dot",
        "reset after the dot (every 20th)",
        faults(silent_after_the_dot(20, RESET), doubtful=True),
    ),
    Case(
        "silence",
        "no reply to the dot (every 50th)",
        faults(silent_after_the_dot(50, STALL), doubtful=True, patience_after_dot=0.1),
    ),
    Case(
        "421-after-dot",
        "421 after the dot (every 20th)",
        faults(Fault(at=Step.DOT, do="421 4.3.0 closing", every=20), doubtful=False),
    ),
    Case(
        "452-after-dot",
        "452 after the dot (every 20th)",
        faults(Fault(at=Step.DOT, do="452 4.3.1 no room", every=20), doubtful=False),
    ),
    Case("limit-2", "two connections at most, six wanted", two_connections_only),
    Case("few-each", "seven messages a connection, then 421", few_on_each_connection),
    Case("pieces", "replies byte by byte, on many lines", replies_in_pieces),
    Case("login", "the login is rejected", login_rejected),
)
DATABASE = (
    Case("disk-full", "disk full at commit", disk_full),
    Case("locked", "database locked by another program", database_locked),
    Case("db-killed", "database server killed", server_killed, server_only=True),
)
SENDER = (
    Case("kill", "kill -9 of the sender", killed),
    Case("two", "two senders at once", two_at_once),
    Case("two-killed", "two at once, killed by turns", two_at_once_killed),
    Case("stop", "SIGSTOP beyond the lease", asleep_beyond_its_lease),
    Case("clock-back", "clock an hour back", clock_moved(-HOUR)),
    Case("clock-forth", "clock an hour forth", clock_moved(HOUR)),
    Case("pause", "paused and resumed", paused_and_resumed),
    Case("chaos", "kill -9 among all the server's faults", everything_at_once),
)
CASES = {case.name: case for case in (*SERVER, *DATABASE, *SENDER)}
