"""Measure the rehearsal of a schedule's next five runs over 1,000 articles: `benchmarks/rehearsal.py`.

CPU seconds are user + system of the whole process, as the kernel accounts them. The peer is `briefpub check` of
the same files by their names, which reads every article anew; the two take turns, and the median of each is
quoted. Prints a table.
"""

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from press import BIN, Cost, publication

LEAST_AGE = 2.5  # seconds: what changed later than that is hashed once more, and not known by its stamp
RUNS_AHEAD = 5


@dataclass(frozen=True)
class Bench:
    """A publication in a temporary folder, with a schedule whose five next runs hold all its articles."""

    home: Path
    essays: int
    env: dict[str, str]

    def command(self, *words: str) -> Cost:
        """Run a briefpub command and give what it cost; 1 is the exit code of findings."""
        before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(
            [str(BIN / "briefpub"), *words], cwd=self.home, env=self.env, capture_output=True, check=False
        )
        wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        assert done.returncode in {0, 1}, done.stderr.decode()
        if "--contents" in words:
            self.expect(json.loads(done.stdout))
        return Cost(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall)

    def expect(self, told: list[dict[str, dict[str, list[object]]]]) -> None:
        """See that every article stands in one of the runs."""
        assert len(told) == RUNS_AHEAD
        assert sum(len(run["contents"]["articles"]) for run in told) == self.essays

    def rehearse(self) -> Cost:
        return self.command(
            "schedule",
            "next",
            "weekly",
            "-n",
            str(RUNS_AHEAD),
            "--contents",
            "--json",
            "--from",
            "2030-01-01",
        )

    def check(self) -> Cost:
        """Check the folder, from the same index."""
        return self.command("check", "--json")

    def read_all(self) -> Cost:
        """Check every file by its name: each is read."""
        return self.command("check", "articles/*/index.md", "--json")

    # ---- what is done before a rehearsal

    def nothing(self) -> None:
        """Change nothing."""

    def forget_all(self) -> None:
        """Take the whole cache away: every picture is decoded again too."""
        shutil.rmtree(self.home / ".briefpub" / "cache", ignore_errors=True)

    def forget_heads(self) -> None:
        """Take the index away; the measures of pictures stay."""
        shutil.rmtree(self.home / ".briefpub" / "cache" / "heads", ignore_errors=True)

    def edit(self, count: int) -> None:
        """Add a sentence to so many articles."""
        for path in sorted((self.home / "articles").glob("*/index.md"))[:: self.essays // count][:count]:
            path.write_text(path.read_text() + "\nOne more sentence.\n")

    def touch(self) -> None:
        """Give every file a new time and the same bytes, as a fresh checkout does, and let it settle."""
        for path in (self.home / "articles").rglob("*.*"):
            path.touch()
        time.sleep(LEAST_AGE)


def median(costs: list[Cost]) -> Cost:
    return Cost(statistics.median(c.cpu for c in costs), statistics.median(c.wall for c in costs))


def row(what: str, ours: Cost, peer: Cost, target: str) -> None:
    print(
        f"| {what} | {ours.cpu:.2f} / {ours.wall:.2f} | {peer.cpu:.2f} / {peer.wall:.2f} "
        f"| {ours.cpu / peer.cpu:.3f} | {target} |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--essays", type=int, default=1000)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        # An installed briefpub has its modules compiled; a checkout may be told not to keep them.
        env = {**os.environ, "PYTHONPYCACHEPREFIX": str(work / "compiled")}
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        publication(work / "pub", given.essays)
        bench = Bench(home=work / "pub", essays=given.essays, env=env)
        take = str(-(-given.essays // RUNS_AHEAD))
        words = ("--list", "weekly", "--on", "sun", "--at", "08:00", "--tz", "Europe/Paris", "--take", take)
        bench.command("schedule", "add", "weekly", *words)
        time.sleep(LEAST_AGE)
        bench.read_all()
        bench.rehearse()
        bench.rehearse()
        print(f"{os.cpu_count()} processors, Python {sys.version.split()[0]}, load {os.getloadavg()[0]:.1f}")
        print("\n| what | ours: CPU s / wall s | all read: CPU s / wall s | CPU ratio | target |")
        print("|---|---|---|---|---|")
        cases: list[tuple[str, Callable[[], None], Callable[[], Cost], str]] = [
            ("rehearsal, nothing changed", bench.nothing, bench.rehearse, "< 1 s CPU"),
            ("rehearsal, 10 articles edited", lambda: bench.edit(10), bench.rehearse, "< 1 s CPU"),
            ("rehearsal, every file touched, none changed", bench.touch, bench.rehearse, ""),
            ("rehearsal, the index lost", bench.forget_heads, bench.rehearse, ""),
            ("rehearsal, the whole cache lost", bench.forget_all, bench.rehearse, ""),
            ("`briefpub check`, nothing changed", bench.nothing, bench.check, ""),
        ]
        for what, prepare, measure, target in cases:
            ours: list[Cost] = []
            peer: list[Cost] = []
            for _ in range(given.runs):
                peer.append(bench.read_all())
                prepare()
                ours.append(measure())
            row(what, median(ours), median(peer), target)


if __name__ == "__main__":
    main()
