"""The fonts of a layout, made the first that the PDF renderer finds."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from briefpub.content.fonts import configuration, prepare_fonts
from briefpub.content.layouts import LayoutFolder
from briefpub.domain.errors import LayoutError
from briefpub.domain.layout import Layout


@pytest.fixture(autouse=True)
def _environment() -> Iterator[None]:
    before = os.environ.get("FONTCONFIG_FILE")
    yield
    os.environ.pop("FONTCONFIG_FILE", None)
    if before is not None:
        os.environ["FONTCONFIG_FILE"] = before


def _layout() -> Layout:
    return LayoutFolder(None).read("default")


def _found(pattern: str, form: str) -> str:
    done = subprocess.run(
        ["fc-match", "-f", form, pattern], capture_output=True, text=True, check=True, env={**os.environ}
    )
    return done.stdout


def test_it_points_this_process_at_a_file_that_names_the_layouts_folder_first(tmp_path: Path) -> None:
    file = prepare_fonts(_layout(), tmp_path)
    assert os.environ["FONTCONFIG_FILE"] == str(file)
    folders = [element.text for element in ET.parse(file).iter("dir")]
    assert folders[0] == str(Path(_layout().fonts["SourceSerif4-Regular.ttf"]).parent)
    assert "/usr/share/fonts" in folders[1:]


def test_a_second_time_nothing_is_written(tmp_path: Path) -> None:
    before = prepare_fonts(_layout(), tmp_path).stat()
    assert prepare_fonts(_layout(), tmp_path).stat().st_mtime_ns == before.st_mtime_ns


def test_the_bundled_font_wins_over_browser_fonts_and_installed_ones(tmp_path: Path) -> None:
    if not shutil.which("fc-match"):
        pytest.skip("fc-match is not installed")
    prepare_fonts(_layout(), tmp_path)
    for name in ("SourceSerif4-Regular.ttf", "SourceSans3-Regular.ttf", "NotoNaskhArabic-Regular.ttf"):
        family = _found(f":file={_layout().fonts[name]}", "%{family}")
        assert _found(f"{family}:weight=80:slant=0", "%{file}") == _layout().fonts[name]


def test_a_font_that_a_layout_replaces_is_refused(tmp_path: Path) -> None:
    own = tmp_path / "own & only"
    own.mkdir()
    mine = own / "SourceSerif4-Regular.ttf"
    shutil.copy(_layout().fonts["SourceSerif4-It.ttf"], mine)
    fonts = {**_layout().fonts, mine.name: str(mine)}
    text = configuration(replace(_layout(), fonts=fonts), tmp_path)
    refused = [element.text for element in ET.fromstring(text).iter("glob")]
    assert _layout().fonts["SourceSerif4-Regular.ttf"] in refused
    assert str(mine) not in refused


def test_a_font_that_is_not_there_is_named(tmp_path: Path) -> None:
    layout = replace(_layout(), fonts={"Gone.ttf": str(tmp_path / "Gone.ttf")})
    with pytest.raises(LayoutError, match=r"Gone\.ttf") as caught:
        prepare_fonts(layout, tmp_path)
    assert caught.value.hint


def test_a_folder_that_cannot_be_written_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        prepare_fonts(_layout(), tmp_path / "file" / "cache")
