import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from briefpub.content.articles import ArticleFolder
from briefpub.domain.article import Gathered, Status
from briefpub.domain.document import Block, Direction, Image, Inlines, Link, Paragraph
from briefpub.domain.finding import Finding, Severity
from briefpub.domain.walking import plain

Writer = Callable[..., Path]


class Pictures:
    """Finds whatever lies beside the article."""

    def find(
        self, source: str, *, beside: Path, where: str, line: int | None
    ) -> tuple[Image | None, tuple[Finding, ...]]:
        path = beside / source
        if not path.is_file():
            return None, ()
        return Image(sha256=path.read_text(), width=1, height=1, media_type="image/png"), ()


@pytest.fixture
def folder(tmp_path: Path) -> Writer:
    def write(**files: str | bytes) -> Path:
        for name, text in files.items():
            path = tmp_path / name.replace("__", "/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return tmp_path

    return write


def gather(root: Path, **given: Any) -> Gathered:
    return ArticleFolder(root=root, default_language="fr", pictures=Pictures(), **given).gather()


def article(title: str = "T", body: str = "Text.", **front: object) -> str:
    keys = "".join(f"{key}: {value}\n" for key, value in {"title": title, "lang": "fr", **front}.items())
    return f"---\n{keys}---\n{body}\n"


def run_of(block: Block) -> Inlines:
    assert isinstance(block, Paragraph)
    return block.children


def found(gathered: Gathered) -> list[tuple[str, Severity, str]]:
    return [(f.code, f.severity, f.place) for f in gathered.findings]


def test_files_and_folders_by_path_and_what_is_skipped(folder: Writer) -> None:
    root = folder(
        **{
            "articles/b.md": article("B"),
            "articles/a/index.md": article("A"),
            "articles/a/other.md": article("Other"),
            "articles/_draft.md": article("No"),
            "articles/.x.md": article("No"),
            "articles/_dir/index.md": article("No"),
            "articles/README.md": "# No",
            "articles/notes.txt": "No",
            "articles/2026-11-02-C d.MD": "not matched by the pattern",
        }
    )
    gathered = gather(root)
    assert [(a.id, a.title, a.path) for a in gathered.articles] == [
        ("a", "A", "articles/a/index.md"),
        ("b", "B", "articles/b.md"),
    ]
    assert gathered.findings == ()


def test_an_article_without_front_matter(folder: Writer) -> None:
    root = folder(**{"articles/2026-11-02-mon-essai.md": "# Mon essai\n\nTexte.\n"})
    gathered = gather(root)
    (it,) = gathered.articles
    assert (it.id, it.title, it.language, it.date) == ("mon-essai", "Mon essai", "fr", dt.date(2026, 11, 2))
    assert (it.authors, it.photo, it.status, it.canonical_url) == ((), None, Status.READY, "")
    assert found(gathered) == [("A012", Severity.NOTE, "articles/2026-11-02-mon-essai.md:1")]


def test_one_bad_article_never_stops_the_others(folder: Writer) -> None:
    root = folder(
        **{
            "articles/bad.md": "---\ntitle: [\n---\n",
            "articles/big.md": b"x" * 20_000_000,
            "articles/crlf.md": '---\ntitle: "a\\r\\nb"\n---\n',
            "articles/deep.md": article(body="![" * 600 + "](x)" * 600),
            "articles/good.md": article("Good"),
            "articles/untitled.md": "---\nlang: fr\n---\nText.\n",
        }
    )
    gathered = gather(root)
    assert [a.id for a in gathered.articles] == ["deep", "good"] or [a.id for a in gathered.articles] == [
        "good"
    ]
    errors = [
        (f.code, f.place) for f in gathered.findings if f.severity is Severity.ERROR and "deep" not in f.where
    ]
    assert errors == [
        ("A001", "articles/bad.md:3"),
        ("A001", "articles/big.md"),
        ("A001", "articles/crlf.md:2"),
        ("A002", "articles/untitled.md:1"),
    ]
    assert "20.0 MB" in next(f.message for f in gathered.findings if f.where == "articles/big.md")


def test_a_file_that_may_not_be_read(folder: Writer, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> NoReturn:
        raise PermissionError(13, "Permission denied")

    root = folder(**{"articles/x.md": article()})
    monkeypatch.setattr(Path, "read_bytes", refuse)
    assert found(gather(root)) == [("A001", Severity.ERROR, "articles/x.md")]


def test_two_articles_of_one_id_name_each_other(folder: Writer) -> None:
    root = folder(**{"articles/a.md": article("A"), "articles/b.md": article("B", slug="a")})
    gathered = gather(root)
    assert [a.title for a in gathered.articles] == ["A"]
    (finding,) = gathered.findings
    assert (finding.code, finding.severity, finding.where) == ("A006", Severity.ERROR, "articles/b.md")
    assert "articles/a.md" in finding.message


def test_links_between_articles(folder: Writer) -> None:
    root = folder(
        **{
            "articles/a.md": article(
                "A",
                "[b](b.md) [c](c/index.md#x) [d](article:d)\n\n[e](../e.md) [old](b-file.md)",
                related="[b, c.md, nowhere, {title: Kept, article: gone}, {title: Other, article: b}, {title: W, address: 'https://example.org'}]",
            ),
            "articles/b-file.md": article("B title", slug="b"),
            "articles/c/index.md": article("C title"),
        }
    )
    gathered = gather(root)
    it = gathered.articles[0]
    links = [(i.href, plain(i.children)) for i in it.inlines() if isinstance(i, Link)]
    assert links == [("article:b", "b"), ("article:c", "c"), ("article:b", "old")]
    assert plain(run_of(it.lead[0])) == "b c d"
    assert [(r.title, r.article, r.address) for r in it.related] == [
        ("B title", "b", ""),
        ("C title", "c", ""),
        ("Kept", "", ""),
        ("Other", "b", ""),
        ("W", "", "https://example.org"),
    ]
    unknown = [(f.message.split("'")[1], f.line) for f in gathered.findings if f.code == "A007"]
    assert unknown == [("nowhere", 4), ("gone", 4), ("d", 6), ("e", 8)]


def test_the_photo_and_its_words(folder: Writer) -> None:
    photo = "{file: p.png, alt: L'horloge, caption: \"L'*heure*\", credit: Moi}"
    root = folder(**{"articles/a/index.md": article(photo=photo), "articles/a/p.png": "f" * 64})
    (it,) = gather(root).articles
    assert it.photo
    assert it.photo.picture.image
    assert (it.photo.picture.alt, plain(it.photo.caption), it.photo.credit) == ("L’horloge", "L’heure", "Moi")


def test_pictures_that_are_missing_or_mute(folder: Writer) -> None:
    root = folder(
        **{
            "articles/a.md": article(photo="{file: no.png}", body="\n![](x.png)"),
            "articles/b.md": article(photo="{alt: Political summit}"),
            "articles/c.md": article(photo="{caption: nothing to see}"),
        }
    )
    gathered = gather(root)
    assert [(f.code, f.place) for f in gathered.findings] == [
        ("A003", "articles/a.md:7"),
        ("A004", "articles/a.md:7"),
        ("A003", "articles/a.md:4"),
        ("A004", "articles/a.md:4"),
    ]
    photo = gathered.articles[1].photo
    assert photo
    assert (photo.picture.source, photo.picture.alt, photo.picture.image) == ("", "Political summit", None)
    assert gathered.articles[2].photo is None


def test_bytes_of_every_kind_give_the_same_words(folder: Writer) -> None:
    text = "---\ntitle: Été\nlang: fr\n---\nDéjà vu.\n\nFin.\n"
    root = folder(
        **{
            "articles/bom.md": b"\xef\xbb\xbf" + text.encode(),
            "articles/crlf.md": text.replace("\n", "\r\n").encode(),
            "articles/latin.md": text.encode("cp1252"),
            "articles/nfd.md": text.replace("É", "E\u0301")
            .replace("é", "e\u0301")
            .replace("à", "a\u0300")
            .encode(),
            "articles/utf16.md": text.encode("utf-16"),
        }
    )
    gathered = gather(root)
    assert {(a.title, plain(run_of(a.lead[0])), len(a.lead)) for a in gathered.articles} == {
        ("Été", "Déjà vu.", 2)
    }
    assert found(gathered) == [("A013", Severity.WARNING, "articles/latin.md:2")]


def test_the_hash_covers_source_pictures_and_typography(folder: Writer) -> None:
    root = folder(**{"articles/a.md": article(body="![x](p.png)"), "articles/p.png": "1" * 64})
    first = gather(root).articles[0].content_hash
    assert gather(root).articles[0].content_hash == first
    assert gather(root, typography=False).articles[0].content_hash != first
    folder(**{"articles/p.png": "2" * 64})
    second = gather(root).articles[0].content_hash
    assert second != first
    folder(**{"articles/a.md": article(body="![x](p.png) "), "articles/p.png": "1" * 64})
    assert gather(root).articles[0].content_hash not in {first, second}


def test_typography_can_be_switched_off_for_all_or_one(folder: Writer) -> None:
    root = folder(
        **{"articles/a.md": article(body="L'un"), "articles/b.md": article(body="L'un", typography="false")}
    )
    assert [plain(run_of(a.lead[0])) for a in gather(root).articles] == ["L’un", "L'un"]
    assert [plain(run_of(a.lead[0])) for a in gather(root, typography=False).articles] == ["L'un", "L'un"]


def test_patterns_from_a_folder_elsewhere(folder: Writer, tmp_path: Path) -> None:
    root = (
        folder(
            **{"in/x.md": article("X"), "in/y/index.md": article("Y"), "in/[z].md": article("Z"), "pub/a": ""}
        )
        / "pub"
    )
    inside = tmp_path / "in"
    gathered = gather(root, folder=inside, patterns=("*.md", "*/index.md", "none-*.md"))
    assert [(a.title, a.path) for a in gathered.articles] == [
        ("Z", "[z].md"),
        ("X", "x.md"),
        ("Y", "y/index.md"),
    ]
    assert [f.code for f in gathered.findings] == ["A001"]
    assert [a.title for a in gather(root, folder=root, patterns=(str(inside / "x.md"),)).articles] == ["X"]
    assert [a.title for a in gather(root, folder=root, patterns=(str(inside),)).articles] == ["Z", "X", "Y"]


def test_directions_drafts_and_what_else_is_kept(folder: Writer) -> None:
    root = folder(**{"articles/a.md": article("خريطة", lang="ar", draft="true", weight="4", tags="[a, b]")})
    (it,) = gather(root).articles
    assert (it.direction, it.status, it.extra, it.tags) == (
        Direction.RTL,
        Status.DRAFT,
        (("weight", "4"),),
        ("a", "b"),
    )


def test_no_folder_is_no_article(tmp_path: Path) -> None:
    assert gather(tmp_path).articles == ()
    assert gather(tmp_path).findings == ()


def test_a_title_known_and_repeated(folder: Writer) -> None:
    root = folder(**{"articles/a.md": article("Mon essai", "# Mon essai\n\nTexte.\n\n## Suite\n")})
    (it,) = gather(root).articles
    assert [plain(s.heading) for s in it.sections] == ["Suite"]
