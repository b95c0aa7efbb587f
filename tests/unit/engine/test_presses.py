"""The presses with renderers of our own, some of which die: forked children share the table of renderers."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from builders import an_issue
from fakes import FakeShelf

from briefpub.domain.errors import BriefpubError, LayoutError, RenderError
from briefpub.domain.issue import Edition, Format, Publication
from briefpub.domain.layout import Layout
from briefpub.domain.pictures import Pictures
from briefpub.engine.presses import Presses
from briefpub.render import press

ALL = tuple(Format)
LAYOUT = Layout(name="default", files={}, fingerprint="f" * 64)


def plain(publication: Publication, layout: Layout, pictures: Pictures) -> Edition:
    return Edition(format=Format.TEXT, data=f"{publication.headline} {os.getpid()}".encode())


def steady(format: Format) -> str:
    """Name a renderer whose bytes are the same in every process."""

    def render(publication: Publication, layout: Layout, pictures: Pictures) -> Edition:
        return Edition(format=format, data=f"{format} of {publication.headline}".encode())

    globals()[f"steady_{format}"] = render
    return f"steady_{format}"


def dying(publication: Publication, layout: Layout, pictures: Pictures) -> Edition:
    """Die as a process does that the system kills for its memory, until the file named by the title is there."""
    marks = Path(publication.headline)
    with marks.open("a") as file:
        file.write("x")
    if marks.stat().st_size <= int(marks.name):
        os.kill(os.getpid(), signal.SIGKILL)
    return Edition(format=Format.PDF, data=b"at last")


def refused(publication: Publication, layout: Layout, pictures: Pictures) -> Edition:
    raise RenderError("no glyph", format="epub", where="articles/bread.md:4", hint="another font")


def misread(publication: Publication, layout: Layout, pictures: Pictures) -> Edition:
    raise LayoutError("a brace is open", where="layouts/mine/brief.css:3", hint="close it")


@pytest.fixture(autouse=True)
def _renderers(monkeypatch: pytest.MonkeyPatch) -> None:
    table = {format: (__name__, steady(format)) for format in Format}
    monkeypatch.setattr(press, "RENDERERS", table)


def presses(jobs: int) -> Presses:
    return Presses(jobs=jobs, prepare=lambda _: None)


def made(jobs: int, formats: Sequence[Format] = ALL, title: str = "Bread") -> dict[Format, Edition]:
    editions = list(presses(jobs)(an_issue(title=title), LAYOUT, formats, FakeShelf()))
    assert sorted(edition.format for edition in editions) == sorted(formats)
    return {edition.format: edition for edition in editions}


def test_the_number_of_processes_and_the_order_asked_for_change_no_byte() -> None:
    alone = made(1)
    assert alone[Format.PDF].data == b"pdf of Bread"
    assert made(2) == made(9) == made(2, ALL[::-1]) == alone


@pytest.mark.parametrize("jobs", [1, 2])
def test_no_format_is_no_work(jobs: int) -> None:
    assert made(jobs, ()) == {}


def test_one_format_needs_no_child() -> None:
    press.RENDERERS[Format.TEXT] = (__name__, "plain")
    assert made(4, (Format.TEXT,))[Format.TEXT].data == f"Bread {os.getpid()}".encode()
    assert made(4, (Format.TEXT, Format.WEB))[Format.TEXT].data != f"Bread {os.getpid()}".encode()


def test_fonts_are_made_ready_once_and_before_any_work() -> None:
    asked: list[str] = []
    ready = Presses(jobs=1, prepare=lambda layout: asked.append(layout.name))
    editions = ready(an_issue(), LAYOUT, ALL, FakeShelf())
    next(iter(editions))
    assert asked == ["default"]
    assert len(list(editions)) == len(ALL) - 1
    assert asked == ["default"]


def test_a_child_that_dies_is_replaced_once(tmp_path: Path) -> None:
    press.RENDERERS[Format.PDF] = (__name__, "dying")
    editions = made(2, title=str(tmp_path / "1"))
    assert editions[Format.PDF].data == b"at last"
    assert (tmp_path / "1").read_text() == "xx"


def test_a_child_that_dies_again_is_told_and_not_tried_for_ever(tmp_path: Path) -> None:
    press.RENDERERS[Format.PDF] = (__name__, "dying")
    with pytest.raises(RenderError, match="died twice") as caught:
        made(2, title=str(tmp_path / "5"))
    assert (tmp_path / "5").read_text() == "xx"
    assert "--jobs 1" in caught.value.hint


@pytest.mark.parametrize("jobs", [1, 2])
@pytest.mark.parametrize(
    ("renderer", "kind", "where", "hint"),
    [
        ("refused", RenderError, "articles/bread.md:4", "another font"),
        ("misread", LayoutError, "layouts/mine/brief.css:3", "close it"),
    ],
)
def test_an_error_arrives_whole(
    jobs: int, renderer: str, kind: type[BriefpubError], where: str, hint: str
) -> None:
    press.RENDERERS[Format.EPUB] = (__name__, renderer)
    with pytest.raises(kind) as caught:
        made(jobs)
    assert (caught.value.where, caught.value.hint) == (where, hint)
    assert caught.value.exit_code == kind.exit_code


def test_who_stops_early_leaves_no_child_behind() -> None:
    import multiprocessing

    editions = presses(2)(an_issue(), LAYOUT, ALL, FakeShelf())
    next(editions)
    editions.close()  # type: ignore[attr-defined]
    assert multiprocessing.active_children() == []


def test_beside_another_thread_every_format_is_rendered_in_a_child_that_was_not_forked_from_here() -> None:
    # A server of forks imports this module anew, so that only the renderers it holds by name are known there.
    script = """
import os, sys, threading
from builders import an_issue
from fakes import FakeShelf
from briefpub.domain.issue import Format
from briefpub.domain.layout import Layout
from briefpub.engine.presses import Presses

layout = Layout(name="default", files={}, fingerprint="f" * 64)
def render():
    try:
        list(Presses(jobs=1, prepare=lambda _: None)(an_issue(), layout, [Format.TEXT], FakeShelf()))
    except Exception as error:
        print(type(error).__name__, error)
    print(sorted(name for name in sys.modules if name.startswith("briefpub.render.t")))
thread = threading.Thread(target=render)
thread.start()
thread.join()
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert "LayoutError" in done.stdout  # it came to the renderer, which misses its template
    assert "briefpub.render.text'" not in done.stdout  # in another process
