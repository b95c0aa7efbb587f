"""Disturb the sender in every way of the fault table, and count what was lost and what was sent twice.

`python benchmarks/faults.py [--kills 1000] [--cases kill,stop] [--store sqlite] [--quick]` prints a row a
case and store; it ends with 1 where anything was lost or doubled, or another promise of tests/judging.py was
broken. Ledger, sender and SMTP are the real ones; the server is the test sink, the clock can be moved.
"""

import argparse
import contextlib
import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from fault_cases import CASES, DATABASE, SENDER, Case, Chance
from fault_stage import a_stage
from judging import Judgement
from postgres import Server, own_server, programs

from briefpub.store.database import open_database

RECIPIENTS = 200
STORES = ("sqlite", "postgresql")
# Cases of one play each are played this often; of the others each stop counts.
PLAYS = 3
TELLING = 12


@dataclass(slots=True)
class Sum:
    """What all plays of a case came to."""

    recipients: int = 0
    stops: int = 0
    accepted: int = 0
    failed: int = 0
    lost: int = 0
    doubled: int = 0
    unknown: int = 0
    delivered: int = 0
    doubts: int = 0
    broken: list[str] = field(default_factory=list)

    def add(self, found: Judgement, *, stops: int, doubts: int) -> None:
        self.recipients += found.recipients
        self.stops += stops
        self.accepted += found.accepted
        self.failed += found.failed
        self.lost += found.lost
        self.doubled += found.doubled
        self.unknown += found.unknown
        self.delivered += found.unknown_delivered
        self.doubts += doubts
        self.broken += found.broken


@contextlib.contextmanager
def a_database(store: str, folder: Path, server: Server | None) -> Iterator[str]:
    if server is not None and store == "postgresql":
        with server.database() as url:
            yield url
    else:
        open_database(str(folder / "briefpub.db")).close()
        yield str(folder / "briefpub.db")


def played(case: Case, store: str, server: Server | None, chance: Chance, total: Sum) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        a_database(store, Path(folder), server) as url,
        a_stage(url, Path(folder), readers=RECIPIENTS) as stage,
    ):
        case.play(stage, chance)
        stage.drain()
        total.add(stage.judged(), stops=stage.stops, doubts=stage.doubts)
        total.broken += stage.sink.violations


def case_on(case: Case, store: str, server: Server | None, times: int, seed: int) -> Sum:
    """Play a case until its fault was made so often; one without stops of its own a few times."""
    total, plays = Sum(), 0
    while total.stops < times if case in SENDER and plays < times else plays < min(PLAYS, times):
        chance = Chance(times=max(1, times - total.stops), random=random.Random(seed + plays), server=server)
        played(case, store, server, chance, total)
        plays += 1
        if not total.stops and plays >= PLAYS:
            break
    return total


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--kills", type=int, default=200, help="of the sender, for each store")
    parser.add_argument("--cases", default=",".join(CASES), help="names, by commas")
    parser.add_argument("--store", choices=STORES, help="only this one")
    parser.add_argument("--quick", action="store_true", help="each fault once, the sender killed ten times")
    parser.add_argument("--seed", type=int, default=20261122)
    asked = parser.parse_args()
    stores = [asked.store] if asked.store else [each for each in STORES if each == "sqlite" or programs()]
    print(
        "| case | store | recipients | kills, stops | lost | doubled | unknown (of them delivered; at most) | s |"
    )
    print("|---|---|---|---|---|---|---|---|")
    broken: list[str] = []
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(own_server()) if "postgresql" in stores else None
        for name in asked.cases.split(","):
            for store in stores:
                case = CASES[name]
                if case.server_only and store == "sqlite":
                    continue
                times = _times(case, asked.kills, quick=asked.quick)
                began = time.perf_counter()
                total = case_on(case, store, server, times, asked.seed)
                print(
                    f"| {case.title} | {store} | {total.recipients:,} | {total.stops} | {total.lost} "
                    f"| {total.doubled} | {total.unknown} ({total.delivered}; {total.doubts}) "
                    f"| {time.perf_counter() - began:.0f} |",
                    flush=True,
                )
                broken += [f"{name} on {store}: {said}" for said in total.broken]
    for said in broken[:TELLING]:
        print(said, file=sys.stderr)
    return 1 if broken else 0


def _times(case: Case, kills: int, *, quick: bool) -> int:
    if case.name == "kill":
        return 10 if quick else kills
    if case in SENDER or case in DATABASE:
        return 3 if quick else max(3, kills // 10)
    return 1 if quick else PLAYS


if __name__ == "__main__":
    sys.exit(main())
