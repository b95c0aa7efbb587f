"""Measure a simulated year of five lists by the command: `benchmarks/year.py`. Prints a table.

Five lists (weekly, monthly, fortnightly, a cron line, a recurrence rule), 183 articles dated through the year,
once as it is and once with a machine that dies up to 300 times. Wall and CPU seconds of the whole process,
start-up and reading included. What must be nought stands in the table: articles sent twice, runs missed or
never ended.
"""

import datetime as dt
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BIN = Path(sys.executable).parent
BEGIN, END = "2027-01-01T00:00Z", "2028-01-01T00:00Z"
LISTS = {
    "weekly": ("--on", "sun", "--at", "02:30"),
    "monthly": ("--on", "last fri", "--at", "02:30"),
    "fortnightly": ("--on", "mon,thu", "--at", "02:30", "--every", "2"),
    "cron": ("--cron", "0 8 1,15 * mon"),
    "rrule": ("--rrule", "FREQ=MONTHLY;BYDAY=2TU,4TU", "--at", "02:30"),
}


def publication(folder: Path) -> None:
    """Make a publication of five lists with one subscriber and one schedule each."""
    tables = "".join(
        f'\n[lists.{name}]\nname = "{name}"\nsender = "Letters <letters@example.org>"\n' for name in LISTS
    )
    (folder / "briefpub.toml").write_text(f'name = "A year"\ntimezone = "Europe/Paris"\n{tables}')
    (folder / "articles").mkdir()
    for number in range(0, 365, 2):
        day = dt.date(2027, 1, 1) + dt.timedelta(days=number)
        head = f"---\ntitle: Essay {number}\ndate: {day}\nlang: en\nphoto:\n  alt: A drawing.\n---\n\n"
        (folder / "articles" / f"essay-{number:03d}.md").write_text(f"{head}The text of essay {number}.\n")
    for name, when in LISTS.items():
        say(folder, "subscribers", "add", f"{name}@example.org", "--list", name, "--consent", "a bench")
        say(folder, "schedule", "add", name, "--list", name, "--tz", "Europe/Paris", *when)


def say(folder: Path, *words: str) -> str:
    """Run a command and give what it printed."""
    done = subprocess.run(
        [str(BIN / "briefpub"), *words], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def main() -> None:
    """Play the year, without and with crashes, and print what it took."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        publication(folder)
        say(folder, "check", "--json")  # the articles' heads are in their index
        print("| a year of five lists | wall | CPU | sent | deaths | twice | missed | never ended |")
        print("|---|---|---|---|---|---|---|---|")
        for crashes in (0, 300):
            words = ("schedule", "simulate", "--from", BEGIN, "--to", END, "--crashes", str(crashes))
            before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
            story = json.loads(say(folder, *words, "--json"))
            wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            sent = sum(each["done"] for each in story["schedules"])
            missed = sum(each["missed"] for each in story["schedules"])
            what = f"up to {crashes} deaths" if crashes else "as it is"
            print(
                f"| {what} | {wall:.1f} s | {cpu:.1f} s | {sent} | {story['crashes']} "
                f"| {len(story['twice'])} | {missed} | {len(story['left_open'])} |"
            )


if __name__ == "__main__":
    main()
