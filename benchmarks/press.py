"""Measure the press against its peers, each as a ratio within one run: `make bench`.

CPU seconds are user + system of the whole child process, as the kernel accounts them; the pairs alternate
(ours, theirs, ours, theirs …) and the median of each is quoted, since shared machines drift. Prints a table.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
WEASYPRINT_CSS = """
@page { size: A4; margin: 22mm 20mm; @bottom-center { content: counter(page); } }
body { font: 10.3pt/1.47 "Source Serif 4", serif; text-align: justify; hyphens: auto; }
img { max-width: 100%; }
"""


@dataclass(frozen=True)
class Cost:
    cpu: float
    wall: float


def measured(commands: list[list[str]], *, cwd: Path, env: dict[str, str] | None = None) -> Cost:
    """Run commands one after another and give what they cost together."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    for command in commands:
        subprocess.run(command, cwd=cwd, env=env, check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return Cost(
        after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, time.perf_counter() - began
    )


def alternated(ours: Callable[[], Cost], theirs: Callable[[], Cost], runs: int) -> tuple[Cost, Cost]:
    """Give the median of each over alternated runs, the first pair not counted."""
    pairs = [(ours(), theirs()) for _ in range(runs + 1)][1:]
    return tuple(  # type: ignore[return-value]
        Cost(statistics.median(p[i].cpu for p in pairs), statistics.median(p[i].wall for p in pairs))
        for i in (0, 1)
    )


def row(what: str, ours: Cost, theirs: Cost, target: str, *, by_wall: bool = False) -> None:
    a, b = (ours.wall, theirs.wall) if by_wall else (ours.cpu, theirs.cpu)
    print(
        f"| {what} | {ours.cpu:.2f} / {ours.wall:.2f} | {theirs.cpu:.2f} / {theirs.wall:.2f} "
        f"| {a / b:.3f} ({b / a:.1f}x) | {target} |",
        flush=True,
    )


def publication(folder: Path, essays: int) -> None:
    """Fill a publication with variations of the sample essays, each with a picture of its own name."""
    samples = sorted(p for p in (ROOT / "articles").glob("*/index.md") if "kharait" not in str(p))
    (folder / "articles").mkdir(parents=True)
    (folder / "briefpub.toml").write_text((ROOT / "briefpub.toml").read_text())
    for number in range(essays):
        sample = samples[number % len(samples)]
        home = folder / "articles" / f"essay-{number:04d}"
        home.mkdir()
        text = sample.read_text().replace('title: "', f'title: "{number}. ', 1)
        (home / "index.md").write_text(text)
        for picture in sample.parent.glob("*.jpg"):
            shutil.copy(picture, home / picture.name)


def peers(folder: Path) -> None:
    """Make for each essay the plain HTML and Markdown that the peers read; not counted."""
    (folder / "peer").mkdir()
    (folder / "peer" / "style.css").write_text(WEASYPRINT_CSS)
    for source in sorted((folder / "articles").glob("*/index.md")):
        html = folder / "peer" / f"{source.parent.name}.html"
        subprocess.run(
            ["pandoc", "-s", "-f", "markdown", "--css", "style.css", "-o", str(html), str(source)],
            cwd=source.parent,
            check=True,
            capture_output=True,
        )
        text = html.read_text()
        for picture in source.parent.glob("*.jpg"):
            text = text.replace(f'src="{picture.name}"', f'src="{picture}"')
        html.write_text(text)


def issue_of_ten(runs: int) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        publication(work, 10)
        peers(work)
        out = work / "out"
        command = [str(BIN / "briefpub"), "build", "--articles", "articles/*/index.md", "-o", str(out)]

        def first(jobs: int) -> Cost:
            shutil.rmtree(work / ".briefpub", ignore_errors=True)
            return measured([[*command, "--jobs", str(jobs)]], cwd=work)

        def again() -> Cost:
            return measured([command], cwd=work)

        def theirs() -> Cost:
            pages = sorted((work / "peer").glob("*.html"))
            weasy = [[str(BIN / "weasyprint"), "-q", str(p), str(p.with_suffix(".pdf"))] for p in pages]
            book = ["pandoc", "-o", str(work / "peer" / "book.epub"), "--toc"]
            book += ["--resource-path", str(work / "articles" / "essay-0000")]
            book += [str(p) for p in sorted((work / "articles").glob("*/index.md"))]
            return measured([*weasy, book], cwd=work)

        ours, others = alternated(lambda: first(1), theirs, runs)
        row("issue of 10 essays, five editions, from nothing, one process", ours, others, "")
        ours2, others2 = alternated(lambda: first(2), theirs, runs)
        row("the same on two processes, by wall time", ours2, others2, "", by_wall=True)
        first(1)
        unchanged = sorted((again() for _ in range(runs)), key=lambda cost: cost.cpu)[runs // 2]
        row("the same again, nothing changed, against the first build", unchanged, ours, "<= 0.05")


def bare_zip(folder: Path, target: Path) -> None:
    """Write the chapters of a finished book into a bare zip: the floor for anything that writes EPUB."""
    script = (
        "import sys, zipfile\n"
        "source = zipfile.ZipFile(sys.argv[1])\n"
        "names = source.namelist()\n"
        "data = {n: source.read(n) for n in names}\n"
        "with zipfile.ZipFile(sys.argv[2], 'w') as out:\n"
        "    for n in names:\n"
        "        kind = zipfile.ZIP_STORED if n.endswith(('.jpg', '.png', 'mimetype')) else zipfile.ZIP_DEFLATED\n"
        "        out.writestr(zipfile.ZipInfo(n), data[n], kind, 6)\n"
    )
    subprocess.run([sys.executable, "-c", script, str(folder), str(target)], check=True)


COMPILE = """
import sys, time
from briefpub.bootstrap import open_newsroom
from briefpub.domain.issue import Collection
from briefpub.render.compilation import render_compilation

newsroom = open_newsroom(None)
articles = newsroom.articles.gather().articles
layout = newsroom.layouts.read("default")
whole = Collection(slug="all", title="All", imprint=newsroom.settings.imprint(), language="fr", articles=articles)
cpu, wall = time.process_time(), time.perf_counter()
data = render_compilation(whole, layout, newsroom.pictures).data
print(time.process_time() - cpu, time.perf_counter() - wall, len(data))
"""


def compiled(work: Path) -> Cost:
    """Measure the making of the book alone, from articles that were read before."""
    done = subprocess.run(
        [sys.executable, "-c", COMPILE], cwd=work, check=True, capture_output=True, text=True
    )
    cpu, wall, _ = done.stdout.split()
    return Cost(float(cpu), float(wall))


def thousand(essays: int) -> None:
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        publication(work, essays)
        out = work / "out"
        command = [
            str(BIN / "briefpub"),
            "build",
            "--articles",
            "articles/*/index.md",
            "--to",
            "epub",
            "-o",
            str(out),
        ]

        def ours() -> Cost:
            # Pictures made ready stay; editions and the record of the last build go, or nothing would be done.
            for kept in ("editions", "builds"):
                shutil.rmtree(work / ".briefpub" / "cache" / kept, ignore_errors=True)
            return measured([[*command, "--jobs", "1"]], cwd=work)

        def theirs() -> Cost:
            # pandoc looks pictures up by one name for all; each essay's own folder would need a run each.
            book = ["pandoc", "-o", str(work / "book.epub"), "--toc"]
            book += ["--resource-path", str(work / "articles" / "essay-0000")]
            book += [str(p) for p in sorted((work / "articles").glob("*/index.md"))]
            return measured([book], cwd=work)

        cold = ours()  # resizes every picture once
        warm = ours()
        peer = theirs()
        row(
            f"compilation of {essays} essays from Markdown (pictures resized before), against pandoc",
            warm,
            peer,
            "<= 0.2",
        )
        row("the same with every picture resized, against pandoc", cold, peer, "")
        alone = compiled(work)
        row("the making of the book alone, from articles read before, against all of pandoc", alone, peer, "")
        epub = out / "compilation.epub"
        with zipfile.ZipFile(epub) as book:
            chapters = sum(name.endswith(".xhtml") for name in book.namelist())
        assert chapters >= essays, chapters
        floor = measured(
            [[sys.executable, __file__, "--bare-zip", str(epub), str(work / "bare.epub")]], cwd=work
        )
        row(
            "the making of the book alone, against a bare zip writer of its finished chapters",
            alone,
            floor,
            "",
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--essays", type=int, default=1000)
    parser.add_argument("--only", choices=["issue", "thousand"])
    parser.add_argument("--bare-zip", nargs=2, type=Path)
    given = parser.parse_args()
    if given.bare_zip:
        bare_zip(*given.bare_zip)
        return
    print(f"{os.cpu_count()} processors, Python {sys.version.split()[0]}, load {os.getloadavg()[0]:.1f}")
    print("\n| what | ours: CPU s / wall s | theirs: CPU s / wall s | ratio ours/theirs | target |")
    print("|---|---|---|---|---|")
    if given.only != "thousand":
        issue_of_ten(given.runs)
    if given.only != "issue":
        thousand(given.essays)


if __name__ == "__main__":
    main()
