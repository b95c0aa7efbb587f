"""Measure the whole sender: ledger, message, DKIM and SMTP, against nodemailer; and a list of a million.

    .venv/bin/python benchmarks/sender.py whole [--count N] [--rounds N] [--nodemailer DIR]
    .venv/bin/python benchmarks/sender.py share [--count N]
    .venv/bin/python benchmarks/sender.py many [--people N …] [--send N] [--database URL]

`--nodemailer` names a folder in which `npm install nodemailer` was run. The sink is Postfix's `smtp-sink`.
CPU is the user + system time of the sending process; start-up is not counted on either side.
"""

import argparse
import datetime as dt
import hashlib
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text
from wire import postfix_sink

from briefpub.domain.audience import List
from briefpub.domain.delivery import Attempt, Delivery, DeliveryState, Mailing
from briefpub.domain.flow import FlowPlan, SiteRules
from briefpub.domain.issue import Edition, Format, Frozen, Imprint
from briefpub.render.dkim import signer
from briefpub.render.message import Compiled, Stationery, compiled
from briefpub.store.audience import SqlAudience
from briefpub.store.database import Database, open_database
from briefpub.store.issues import SqlIssues
from briefpub.store.mailings import SqlLedger
from briefpub.store.sites import SqlSites
from briefpub.transport.address import transport_address
from briefpub.transport.smtp import Smtp
from briefpub.workflows.deliver import Deliver

HERE = Path(__file__).parent
LIST = List(slug="weekly", name="La Revue lente", sender="La Revue lente <letter@example.org>", language="fr")
LETTERBOX = "https://example.org"
CHUNK = 10_000
NOW = dt.datetime(2026, 11, 22, 9, tzinfo=dt.UTC)


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


def a_digest() -> tuple[str, str]:
    """Give a page of about 40 KB and its text, as ten excerpts make them."""
    words = "Une idée qui demande du temps demande aussi du silence, et l'été n'en manque pas. "
    paragraph = f'<p style="margin:0 0 12px;font:17px/1.6 Georgia,serif;color:#222">{words * 6}</p>\n'
    page = "".join(f'<h2 style="font:26px Georgia,serif">Essai {n}</h2>\n{paragraph * 6}' for n in range(10))
    leave = f'<a href="{LETTERBOX}/preferences/weekly">Se désabonner</a>'
    html = f'<!doctype html>\n<html lang="fr"><head><meta charset="utf-8"><title>Revue</title></head>\n<body>\n{page}{leave}\n</body></html>\n'
    plain = "\n\n".join(f"Essai {n}\n\n{words}" for n in range(10)) + f"\n\n{LETTERBOX}/preferences/weekly\n"
    return html, plain


def a_frozen() -> Frozen:
    html, plain = a_digest()
    editions = [
        Edition(format=format, data=data.encode())
        for format, data in ((Format.DIGEST, html), (Format.TEXT, plain))
    ]
    issue = {"key": "weekly/001", "number": 1, "title": "Ten essays", "date": "2026-11-22"}
    issue |= {"language": "fr", "name": "La Revue lente", "address": ""}
    manifest = {"issue": issue, "articles": [{"id": "one", "title": "One"}]}
    return Frozen(
        key="weekly/001",
        folder="",
        manifest=json.dumps(manifest).encode(),
        editions=tuple(editions),
        pictures=(),
    )


def a_key(folder: Path) -> Path:
    path = folder / "dkim.pem"
    if not path.exists():
        subprocess.run(
            ["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", path],
            check=True,
            capture_output=True,
        )
    return path


def letters(key: Path | None) -> Compiled:
    signs = signer(domain="example.org", selector="s1", key_pem=key.read_bytes()) if key else None
    return compiled(
        frozen=a_frozen(),
        list=LIST,
        imprint=Imprint(name="La Revue lente", letterbox=LETTERBOX),
        subject="A digest of ten essays",
        stationery=Stationery(
            letterbox=LETTERBOX, bounces="b@bounce.example.org", secret=b"s" * 32, signer=signs
        ),
    )


def populate(database: Database, people: int) -> None:
    """Put confirmed subscribers on the list, past the checks of an import: they are not what is measured."""
    SqlAudience(database=database).declare(LIST)
    person = text(
        "INSERT INTO subscriber (id, address, folded, address_hash, name, site, since) "
        "VALUES (:id, :address, :address, :hash, :name, 'example.net', '2026-11-22T09:00:00.000000Z')"
    )
    place = text(
        "INSERT INTO subscription (list_id, subscriber_id, state, format, device, consent, since) "
        "VALUES (1, :id, 'confirmed', 'digest', '', 'bench', '2026-11-22T09:00:00.000000Z')"
    )
    for start in range(0, people, CHUNK):
        rows = [
            {
                "id": n + 1,
                "address": f"reader{n:07d}@example.net",
                "hash": f"{n:064x}",
                "name": f"Lectrice Numéro {n}",
            }
            for n in range(start, min(people, start + CHUNK))
        ]
        with database.writing() as connection:
            connection.execute(person, rows)
            connection.execute(place, rows)


def an_issue(database: Database) -> str:
    issues = SqlIssues(database=database)
    frozen = a_frozen()
    record = issues.compose("weekly", (f"essay-{len(issues.of())}",), title="", date=NOW.date())
    issues.freeze(
        record.key, manifest_sha256=hashlib.sha256(frozen.manifest).hexdigest(), editions=frozen.editions
    )
    return record.key


def a_deliver(ledger: SqlLedger, database: Database, port: int, connections: int) -> Deliver:
    return Deliver(
        ledger=ledger,
        transport=Smtp(address=transport_address(f"smtp://127.0.0.1:{port}?tls=off")),
        sites=SqlSites(database=database),
        plan=FlowPlan(default=SiteRules(connections=connections, messages_per_connection=10**9)),
        owner="bench",
        threads=2,
    )


def ours(folder: Path, port: int, count: int, connections: int, key: Path | None) -> tuple[float, float]:
    path = folder / "bench.db"
    for old in folder.glob("bench.db*"):
        old.unlink()
    database = open_database(str(path))
    populate(database, count)
    ledger = SqlLedger(database=database)
    mailing = ledger.queue(an_issue(database), now=NOW)
    cpu, wall = time.process_time(), time.perf_counter()
    done = a_deliver(ledger, database, port, connections)(mailing, make=letters(key), now=now)
    spent = time.process_time() - cpu, time.perf_counter() - wall
    if done.counts[DeliveryState.ACCEPTED] != count:
        raise SystemExit(f"only {done.counts}")
    database.close()
    return spent


def nodemailer(
    folder: Path, modules: Path, port: int, count: int, connections: int, key: Path | None
) -> tuple[float, float]:
    html, plain = a_digest()
    (folder / "digest.html").write_text(html.replace("/preferences/weekly", "/preferences/TOKEN"))
    (folder / "digest.txt").write_text(plain.replace("/preferences/weekly", "/preferences/TOKEN"))
    told = subprocess.run(
        ["node", HERE / "nodemailer_peer.mjs", modules, str(port), str(count), str(connections)]
        + [str(key or "-"), folder / "digest.html", folder / "digest.txt"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    result = json.loads(told)
    if result["sent"] != count:
        raise SystemExit(told)
    return result["cpu"], result["wall"]


def whole(count: int, rounds: int, modules: Path) -> None:
    print("| what | ours | nodemailer | ours/theirs | target |\n|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name, postfix_sink() as port:
        folder = Path(name)
        key = a_key(folder)
        for what, signing in (("with RSA-2048 DKIM", key), ("unsigned", None)):
            pairs = [
                (
                    ours(folder, port, count, 10, signing),
                    nodemailer(folder, modules, port, count // 2, 10, signing),
                )
                for _ in range(rounds + 1)
            ][1:]
            cpu, wall = (statistics.median(us[i] for us, _ in pairs) / count for i in (0, 1))
            cpu2, wall2 = (statistics.median(them[i] for _, them in pairs) / (count // 2) for i in (0, 1))
            targets = ("<= 0.1", "<= 0.2") if signing else ("", "")
            print(
                f"| CPU per message, {what} | {cpu * 1e6:.0f} us | {cpu2 * 1e6:.0f} us | {cpu / cpu2:.3f} ({cpu2 / cpu:.1f}x) | {targets[0]} |"
            )
            print(
                f"| messages a second, {what} | {1 / wall:.0f} | {1 / wall2:.0f} | {wall / wall2:.3f} ({wall2 / wall:.1f}x) | {targets[1]} |",
                flush=True,
            )


@dataclass
class Memory:
    """A ledger in memory: what the real one costs is the difference."""

    rows: list[Delivery]
    mailings: dict[str, Mailing]
    state: set[int] = field(default_factory=set)

    def claim(self, mailing: int, *, most: int, **rest: object) -> tuple[Delivery, ...]:
        taken, self.rows = self.rows[:most], self.rows[most:]
        return tuple(taken)

    def record(
        self, *, handed: Sequence[int], ended: Sequence[tuple[Delivery, Attempt]], **rest: object
    ) -> frozenset[int]:
        return frozenset(handed)

    def release(self, deliveries: Sequence[int], **rest: object) -> None:
        if deliveries:
            raise SystemExit("given back")

    def mailing(self, issue: str) -> Mailing:
        return self.mailings[issue]


def share(count: int) -> None:
    """Say what part of the sender's CPU is the ledger's."""
    with tempfile.TemporaryDirectory() as name, postfix_sink() as port:
        folder = Path(name)
        key = a_key(folder)
        ours(folder, port, count, 10, key)
        with_ledger = [ours(folder, port, count, 10, key)[0] for _ in range(3)]
        database = open_database(str(folder / "bench.db"))
        real = SqlLedger(database=database)
        (mailing,) = real.mailings()
        rows = [one for one in real.deliveries(mailing.id)]
        without = []
        for _ in range(3):
            memory = Memory(list(rows), {mailing.issue: mailing})
            deliver = a_deliver(real, database, port, 10)
            object.__setattr__(deliver, "ledger", memory)
            cpu = time.process_time()
            deliver(mailing, make=letters(key), now=now)
            without.append(time.process_time() - cpu)
        database.close()
    whole_cpu, rest = statistics.median(with_ledger), statistics.median(without)
    print("| the sender's CPU per message, RSA signed | without the ledger | the ledger's share | target |")
    print("|---|---|---|---|")
    print(
        f"| {whole_cpu / count * 1e6:.0f} us | {rest / count * 1e6:.0f} us | {1 - rest / whole_cpu:.0%} | <= 30 % |"
    )


BARE = """INSERT INTO bare (mailing_id, subscriber_id, format, state, attempts, not_before, message_id, site, reply)
SELECT 1, s.subscriber_id, s.format, 'queued', 0, '2026', '<weekly.001.' || s.subscriber_id || '.8c1d0a4e@example.org>', '', ''
FROM subscription s WHERE s.list_id = 1 AND s.state = 'confirmed'"""


def many(people: Sequence[int], send: int, url: str) -> None:
    print(
        "| people | fan-out s | bare INSERT … SELECT s | ratio | peak memory MB | sent | messages/s | CPU us |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for count in people:
        # A process of its own for each size: the peak of memory is a process's.
        subprocess.run(
            [sys.executable, __file__, "one", "--people", str(count), "--send", str(send), "--database", url],
            check=True,
        )


def one(count: int, send: int, url: str) -> None:
    with tempfile.TemporaryDirectory() as name, postfix_sink() as port:
        folder = Path(name)
        database = open_database(url or str(folder / "bench.db"))
        populate(database, count)
        key = an_issue(database)
        postgres = database.engine.dialect.name == "postgresql"
        with database.writing() as connection:
            # The same columns and indexes as the ledger's own table, and nothing decided.
            if postgres:
                connection.execute(text("CREATE TABLE bare (LIKE delivery INCLUDING ALL)"))
                connection.execute(text("CREATE SEQUENCE bare_id"))
                connection.execute(text("ALTER TABLE bare ALTER id SET DEFAULT nextval('bare_id')"))
            else:
                for (made,) in connection.execute(
                    text("SELECT sql FROM sqlite_master WHERE tbl_name = 'delivery' AND sql IS NOT NULL")
                ).all():
                    connection.exec_driver_sql(
                        made.replace("delivery", "bare").replace("ix_bare", "ix_bare_of")
                    )
            connection.execute(
                text("INSERT INTO mailing (id, issue_id, state, queued_at) VALUES (1, 1, 'queued', '2026')")
            )
        wall = time.perf_counter()
        with database.writing() as connection:
            connection.execute(text(BARE))
        bare = time.perf_counter() - wall
        with database.writing() as connection:
            connection.execute(text("DROP TABLE bare"))
            connection.execute(text("DELETE FROM mailing"))
        ledger = SqlLedger(database=database)
        wall = time.perf_counter()
        mailing = ledger.queue(key, now=NOW)
        ours = time.perf_counter() - wall
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        deliver = a_deliver(ledger, database, port, 10)
        stop_at = send if send < count else count * 2  # what is made ahead is made before its turn
        made = 0
        make_letter = letters(a_key(folder))

        def make(delivery: Delivery, at: dt.datetime) -> object:
            nonlocal made
            made += 1
            return make_letter(delivery, at)

        cpu, wall = time.process_time(), time.perf_counter()
        done = deliver(mailing, make=make, now=now, stop=lambda: made >= stop_at)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        sent = done.counts[DeliveryState.ACCEPTED]
        peak = max(peak, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        database.close()
        print(
            f"| {count:,} | {ours:.2f} | {bare:.2f} | {ours / bare:.2f} | {peak:.0f} | {sent:,} "
            f"| {sent / wall:.0f} | {cpu / sent * 1e6:.0f} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("what", choices=("whole", "share", "many", "one"))
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--nodemailer", type=Path, default=Path("/tmp/peers"))
    parser.add_argument("--people", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--send", type=int, default=100_000)
    parser.add_argument("--database", default="")
    arguments = parser.parse_args()
    match arguments.what:
        case "whole":
            if not shutil.which("node") or not (arguments.nodemailer / "node_modules/nodemailer").is_dir():
                raise SystemExit(f"run `npm install nodemailer` in {arguments.nodemailer} first")
            whole(arguments.count, arguments.rounds, arguments.nodemailer)
        case "share":
            share(arguments.count)
        case "many":
            many(arguments.people, arguments.send, arguments.database)
        case "one":
            one(arguments.people[0], arguments.send, arguments.database)


if __name__ == "__main__":
    main()
