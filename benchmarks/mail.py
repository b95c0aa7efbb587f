"""Measure the sender against its peers, each as a ratio within one run: `python benchmarks/mail.py [PART …]`.

The machine is shared: each pair alternates, CPU is the process's own, and the ratio is the median of the
rounds' ratios. Prints a table.
"""

import argparse
import os
import sys
from collections.abc import Callable

import mail_build

PARTS: dict[str, Callable[[int], None]] = {"fill": mail_build.fill, "sign": mail_build.sign}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", nargs="*", help=f"which to measure, of {', '.join(PARTS)}; else all")
    parser.add_argument("--runs", type=int, default=9)
    given = parser.parse_args()
    if unknown := set(given.part) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    print(f"{os.cpu_count()} processors, Python {sys.version.split()[0]}, load {os.getloadavg()[0]:.1f}")
    print("\n| what | ours: CPU µs | theirs: CPU µs | theirs/ours | target |")
    print("|---|---|---|---|---|")
    for name in given.part or PARTS:
        PARTS[name](given.runs)


if __name__ == "__main__":
    main()
