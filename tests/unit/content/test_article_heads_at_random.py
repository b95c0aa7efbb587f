"""Whatever is done to a folder, in any order: heads are those that reading everything anew would give."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from desk import BLUE, BROKEN, RED, Desk, settled
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from briefpub.content import picture_watch


@pytest.fixture(autouse=True)
def exact_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a picture be known by its stamp once the clock has gone on by one tick, since tests are quick."""
    monkeypatch.setattr(picture_watch, "TICK", 0)


NAMES = ("a.md", "b.md", "2026-11-02-c.md", "d/index.md", "e/index.md")
LINKED = st.sampled_from(("a", "b", "c", "d", "e", "other", "a.md", "gone"))
PARAGRAPHS = st.one_of(
    st.sampled_from(
        (
            "Words, and more words.",
            "TODO",
            "TO[DO](a.md)",
            "[x](http://example.org)",
            "# A title",
            "## Part\n\nWords.",
            "L'un \"et\" l'autre...",
            "<b>Bold",
            "[^n]\n\n[^n]: A note TK",
            "[there](#nowhere)",
        )
    ),
    LINKED.map(lambda name: f"[to](article:{name})"),
    LINKED.map(lambda name: f"[to](../{name.removesuffix('.md')}.md)"),
    st.sampled_from(
        ("p.png", "/articles/p.png", "q.png", "../../x.png", "https://e.org/p.png", "data:,x")
    ).map(lambda source: f"![p]({source})"),
)


@st.composite
def sources(draw: st.DrawFn) -> str:
    if draw(st.integers(0, 9)) == 0:
        return draw(st.sampled_from(("", "---\ntitle: [\n---\n", "---\ntitle: x\n", "\x00\x01", "words")))
    front: dict[str, object] = {}
    if draw(st.booleans()):
        front["title"] = draw(st.sampled_from(("A", "B", "L'un", "TODO", "x" * 160)))
    for key, values in (
        ("lang", ("fr", "en", "ar")),
        ("slug", ("a", "b", "other")),
        ("date", ("2026-01-31", "2025-12-01", "never")),
        ("tags", ("[x]", "[x, y]")),
        ("status", ("draft", "ready")),
        ("typography", ("true", "false")),
        ("photo", ("{file: p.png, alt: P}", "{file: no.png}")),
    ):
        if draw(st.integers(0, 3)) == 0:
            front[key] = draw(st.sampled_from(values))
    related = draw(
        st.lists(st.one_of(LINKED, LINKED.map(lambda name: f"{{title: T, article: {name}}}")), max_size=2)
    )
    if related:
        front["related"] = f"[{', '.join(related)}]"
    keys = "".join(f"{key}: {value}\n" for key, value in front.items())
    body = "\n\n".join(draw(st.lists(PARAGRAPHS, max_size=3)))
    return f"---\n{keys}---\n{body}\n" if keys else body


Edit = Callable[[Desk], None]


def put(name: str, text: str) -> Edit:
    return lambda desk: desk.write(name, text)


def drop(name: str) -> Edit:
    return lambda desk: (desk.root / "articles" / name).unlink(missing_ok=True)


def move(one: str, other: str) -> Edit:
    def edit(desk: Desk) -> None:
        path = desk.root / "articles" / one
        if path.is_file():
            desk.write(other, path.read_bytes())
            path.unlink(missing_ok=True) if one != other else None

    return edit


def swap_quietly(name: str, data: bytes) -> Edit:
    """Write other bytes of the same length into a picture, and set its time back."""

    def edit(desk: Desk) -> None:
        path = desk.root / "articles" / name
        if path.is_file():
            before = path.stat()
            path.write_bytes(data)
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    return edit


def harm(seed: int) -> Edit:
    def edit(desk: Desk) -> None:
        for path in (desk.root / "shelf").glob("*.json"):
            data = bytearray(path.read_bytes())
            data[seed % len(data)] ^= 1
            path.write_bytes(data)

    return edit


def forget(desk: Desk) -> None:
    shutil.rmtree(desk.root / "shelf", ignore_errors=True)


def other_language(desk: Desk) -> None:
    desk.language = "en" if desk.language == "fr" else "fr"


def other_typography(desk: Desk) -> None:
    desk.typography = not desk.typography


PICTURES = st.sampled_from(("p.png", "d/p.png", "e/p.png", "q.png"))
KINDS = st.sampled_from((RED, BLUE, BROKEN, b""))
EDITS = st.one_of(
    st.builds(put, st.sampled_from(NAMES), sources()),
    st.builds(put, st.sampled_from(NAMES), sources()),
    st.builds(drop, st.sampled_from(NAMES)),
    st.builds(move, st.sampled_from(NAMES), st.sampled_from(NAMES)),
    st.builds(lambda name, data: lambda desk: desk.write(name, data), PICTURES, KINDS),
    st.builds(drop, PICTURES),
    st.builds(swap_quietly, PICTURES, KINDS.filter(bool)),
    st.builds(harm, st.integers(0, 10_000)),
    st.sampled_from((forget, other_language, other_typography)),
)


def follow(before: list[Edit], after: list[list[Edit]]) -> None:
    with TemporaryDirectory() as folder:
        desk = Desk(Path(folder))
        desk.write("p.png", RED)
        desk.write("a.md", "# A\n\n![p](p.png)\n")
        for edit in before:
            edit(desk)
        for step, edits in enumerate([[], *after]):
            for edit in edits:
                edit(desk)
            anew = desk.anew()
            settled(desk)
            assert desk.heads() == anew
            assert desk.heads() == anew
            assert desk.heads(shelf=f"empty-{step}") == anew


STEPS = st.lists(st.lists(EDITS, min_size=1, max_size=3), max_size=4)
BEFORE = st.lists(EDITS, min_size=2, max_size=8)
RELAXED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@settings(max_examples=60, suppress_health_check=RELAXED)
@given(BEFORE, STEPS)
def test_heads_are_what_reading_anew_gives(before: list[Edit], after: list[list[Edit]]) -> None:
    follow(before, after)


@pytest.mark.slow
@settings(max_examples=400, suppress_health_check=RELAXED)
@given(BEFORE, STEPS)
def test_heads_are_what_reading_anew_gives_at_length(before: list[Edit], after: list[list[Edit]]) -> None:
    follow(before, after)
