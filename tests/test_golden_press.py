"""Each folder of golden/press holds essays and what the press must make of them: mail, text, chapter.

A golden case catches what no single test looks for: words that vanish, a space in the wrong place, an
attribute that goes. After a change that is meant, write them anew (`--update-golden`) and read the
difference.
"""

import datetime as dt
import hashlib
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from books import default_layout
from builders import a_list, an_issue

from briefpub.content.articles import ArticleFolder
from briefpub.domain.audience import DigestBody
from briefpub.domain.document import Image
from briefpub.domain.finding import Finding
from briefpub.domain.issue import Format, Imprint, Issue
from briefpub.domain.pictures import PictureUse, Rendition
from briefpub.render import compilation
from briefpub.render.press import render

CASES = sorted(path for path in (Path(__file__).parent / "golden" / "press").iterdir() if path.is_dir())
SITE = Imprint(
    name="La Revue lente",
    site="https://lente.example",
    publisher="Les Éditions du Banc",
    rights="CC BY 4.0",
    contact="La Revue lente <lettres@lente.example>",
)


class Album:
    """Finds every picture that is named; its bytes are its name, so that no image library shows in a case."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}

    def find(
        self, source: str, *, beside: Path, where: str, line: int | None
    ) -> tuple[Image | None, tuple[Finding, ...]]:
        return self.keep(source.encode()), ()

    def keep(self, data: bytes) -> Image:
        sha256 = hashlib.sha256(data).hexdigest()
        self.files[sha256] = data
        return Image(sha256=sha256, width=1200, height=800, media_type="image/jpeg")

    def rendition(self, image: Image, use: PictureUse) -> Rendition:
        return Rendition(
            data=self.files[image.sha256],
            width=image.width,
            height=image.height,
            media_type=image.media_type,
            sha256=image.sha256,
        )


def an_issue_of(case: Path, album: Album) -> Issue:
    gathered = ArticleFolder(root=case, folder=case / "in", default_language="fr", pictures=album).gather()
    assert gathered.findings == ()
    language = gathered.articles[0].language
    return an_issue(
        *gathered.articles,
        list=a_list(name="La Revue lente", language=language, digest_body=DigestBody.FULL),
        imprint=SITE,
        number=7,
        date=dt.date(2026, 11, 22),
    )


def chapters(book: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(BytesIO(book)) as opened:
        names = [name for name in opened.namelist() if name.startswith("EPUB/text/")]
        return {Path(name).name: opened.read(name) for name in names}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_press_makes_of_these_essays(
    case: Path, pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compilation, "draw_cover", lambda *_: b"\x89PNG")  # its own tests look at it
    album = Album()
    issue = an_issue_of(case, album)
    made = {
        format.file_name: render(issue, default_layout(), format, album).data
        for format in (Format.DIGEST, Format.TEXT)
    }
    made |= chapters(render(issue, default_layout(), Format.EPUB, album).data)
    expected = case / "expected"
    if pytestconfig.getoption("--update-golden"):
        for path in expected.iterdir():
            path.unlink()
        for name, data in made.items():
            (expected / name).write_bytes(data)
    assert sorted(made) == sorted(path.name for path in expected.iterdir())
    for name, data in made.items():
        assert data.decode() == (expected / name).read_text(encoding="utf-8"), name


def test_there_are_cases_in_both_directions() -> None:
    assert len(CASES) >= 2
    texts = [(case / "expected" / "digest.html").read_text(encoding="utf-8") for case in CASES]
    assert any('dir="rtl"' in text for text in texts)
    assert any('dir="ltr"' in text for text in texts)
