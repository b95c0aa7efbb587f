"""Measures the ledger: CPU per delivery by group size, and the fan-out against a bare INSERT … SELECT.

    .venv/bin/python benchmarks/ledger.py [--database URL] [--deliveries N] [--fan-out 10000,100000,1000000]

The database is a new SQLite file, or an empty PostgreSQL database of its own. CPU is this process's; a
server's own is not in it. Times on a shared machine mean little: compare the columns, not two runs.
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from briefpub.domain.audience import List
from briefpub.domain.delivery import Attempt, Delivery
from briefpub.domain.issue import Edition, Format
from briefpub.domain.replies import Outcome
from briefpub.store.audience import SqlAudience
from briefpub.store.database import Database, open_database
from briefpub.store.issues import SqlIssues
from briefpub.store.mailings import SqlLedger

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
LEASE = timedelta(minutes=5)
BATCH = 400
GROUPS = (1, 16, 32, 100)
PEOPLE = {
    "sqlite": "WITH RECURSIVE n (i) AS (SELECT :first UNION ALL SELECT i + 1 FROM n WHERE i < :last)"
    " {insert} FROM n",
    "postgresql": "{insert} FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n (i)",
}
SUBSCRIBERS = (
    "INSERT INTO subscriber (id, address, folded, address_hash, name, site, since) "
    "SELECT i, 'r' || i || '@d' || (i % 50) || '.example', 'r' || i || '@d' || (i % 50) || '.example',"
    " CAST(i AS text) || 'ffffffffffffffffffffffffffffffffffffffffffffffff', 'Reader ' || i,"
    " 'd' || (i % 50) || '.example', '2026-11-22T09:00:00.000000Z'"
)
SUBSCRIPTIONS = (
    "INSERT INTO subscription (list_id, subscriber_id, state, format, consent, since) "
    "SELECT 1, i, 'confirmed', 'digest', '', '2026-11-22T09:00:00.000000Z'"
)
BARE = (
    "INSERT INTO delivery (mailing_id, subscriber_id, format, state, attempts, not_before, message_id, site,"
    " reply) SELECT :mailing, subscriber_id, format, 'queued', 0, '2026-11-22T09:00:00.000000Z',"
    " '<weekly.001.' || subscriber_id || '.8c1d0a4e@example.org>', '', '' FROM subscription WHERE list_id = 1"
)


@dataclass
class Spent:
    """CPU and wall seconds of what was measured."""

    cpu: float = 0.0
    wall: float = 0.0

    @contextmanager
    def on(self) -> Iterator[None]:
        """Measure a block."""
        cpu, wall = time.process_time(), time.perf_counter()
        yield
        self.cpu += time.process_time() - cpu
        self.wall += time.perf_counter() - wall


def main() -> None:
    """Measure what the command line asks for."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--database", default="", help="postgresql://… of an empty database; else a file")
    options.add_argument("--deliveries", type=int, default=8_000)
    options.add_argument("--fan-out", default="10000,100000,1000000")
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        database = open_database(asked.database or str(Path(folder) / "briefpub.db"))
        for slug in ("weekly", "empty"):
            SqlAudience(database=database).declare(List(slug=slug, name=slug, sender="w@example.org"))
        measure_groups(database, asked.deliveries)
        if asked.fan_out:
            measure_fan_out(database, [int(one) for one in asked.fan_out.split(",")])
        database.close()


def measure_groups(database: Database, count: int) -> None:
    """Print CPU and wall per delivery for claim, and for record by group."""
    people(database, count)
    print(f"{'group':>6} {'claim us':>9} {'record us':>10} {'sum us':>8} {'wall us':>8}")
    for group in GROUPS:
        claim, record, sent = drain(database, count, group)
        sums = [1e6 * one / sent for one in (claim.cpu, record.cpu, claim.cpu + record.cpu)]
        wall = 1e6 * (claim.wall + record.wall) / sent
        print(f"{group:>6} {sums[0]:>9.1f} {sums[1]:>10.1f} {sums[2]:>8.1f} {wall:>8.1f}")


def drain(database: Database, count: int, group: int) -> tuple[Spent, Spent, int]:
    """Send a new mailing in thought, in groups, and give what claiming and recording took."""
    ledger = SqlLedger(database=database)
    mailing = ledger.queue(an_issue(database), now=NOW)
    claim, record, sent = Spent(), Spent(), 0
    until = NOW + LEASE
    most = count if group > 1 else count // 8
    ended: list[tuple[Delivery, Attempt]] = []
    while sent < most:
        with claim.on():
            found = ledger.claim(mailing.id, owner="host:1", most=BATCH, lease_until=until, now=NOW)
        for some in (found[first : first + group] for first in range(0, len(found), group)):
            ids = [one.id for one in some]
            with record.on():
                ledger.record(owner="host:1", handed=ids, ended=ended, lease_until=until, now=NOW)
            ended = []
            for one in some:
                tried = Attempt(
                    at=NOW, outcome=Outcome.ACCEPTED, reply=f"250 2.0.0 Ok: queued as {one.id:012X}"
                )
                ended.append((one.after(tried), tried))
            sent += len(some)
    with record.on():
        ledger.record(owner="host:1", handed=[], ended=ended, lease_until=until, now=NOW)
    ledger.cancel(mailing.id, reason="measured", now=NOW)
    return claim, record, sent


def measure_fan_out(database: Database, sizes: list[int]) -> None:
    """Print the time of a fan-out, against a bare INSERT … SELECT into the same table, and peak memory."""
    print(f"\n{'people':>9} {'fan-out s':>10} {'bare s':>8} {'ratio':>6} {'peak MB':>8}")
    ledger = SqlLedger(database=database)
    for size in sizes:
        people(database, size)
        took, bare = [], []
        for _ in range(3 if size < 1_000_000 else 2):
            plain, full = Spent(), Spent()
            other = ledger.queue(an_issue(database, mailed=False), now=NOW)
            with plain.on(), database.writing() as connection:
                connection.execute(text(BARE), {"mailing": other.id})
            bare.append(plain.wall)
            key = an_issue(database)
            with full.on():
                mailing = ledger.queue(key, now=NOW)
            if mailing.left != size:
                raise SystemExit(f"{mailing.left} of {size} were queued")
            took.append(full.wall)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{size:>9} {min(took):>10.2f} {min(bare):>8.2f} {min(took) / min(bare):>6.2f} {peak:>8.0f}")


def people(database: Database, count: int) -> None:
    """See to it that the list has so many confirmed subscribers; it never had more."""
    with database.writing() as connection:
        there = connection.execute(text("SELECT COALESCE(MAX(id), 0) FROM subscriber")).scalar_one()
        if there < count:
            for words in (SUBSCRIBERS, SUBSCRIPTIONS):
                made = PEOPLE[connection.dialect.name].replace("{insert}", words)
                connection.execute(text(made), {"first": there + 1, "last": count})
    if database.path is None:
        with database.writing() as connection:
            connection.execute(text("ANALYZE subscriber, subscription"))


def an_issue(database: Database, *, mailed: bool = True) -> str:
    """Freeze the next issue of a list, of one with readers or of one without, and give its key."""
    issues = SqlIssues(database=database)
    slug = "weekly" if mailed else "empty"
    record = issues.compose(slug, [f"essay-{time.monotonic_ns()}"], title="", date=date(2026, 11, 22))
    edition = Edition(format=Format.TEXT, data=b"words")
    return issues.freeze(record.key, manifest_sha256="8c1d0a4e" * 8, editions=[edition]).key


if __name__ == "__main__":
    main()
