"""Layouts: the editor's files laid over the default's, tokens read, every mistake named with its place."""

import contextlib
import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from briefpub.content.layout_tokens import read_tokens
from briefpub.content.layouts import LayoutFolder
from briefpub.domain.errors import ConfigError, LayoutError

Lay = Callable[..., LayoutFolder]


@pytest.fixture
def lay(tmp_path: Path) -> Lay:
    """Write files of the layout `mine` and give the folder of layouts."""

    def write(**files: str | bytes) -> LayoutFolder:
        for name, content in files.items():
            path = tmp_path / "publication" / "layouts" / "mine" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return LayoutFolder(tmp_path / "publication" / "layouts")

    return write


def test_the_default_comes_with_briefpub() -> None:
    layout = LayoutFolder(None).read("default")
    assert layout.name == "default"
    assert layout.files["tokens.css"].path == "default/tokens.css"
    assert layout.tokens["paper"].startswith("#")
    assert layout.dark["paper"] != layout.tokens["paper"]
    assert all(Path(path).is_file() and Path(path).is_absolute() for path in layout.fonts.values())
    assert all(data.startswith(b"wOF2") for data in layout.webfonts.values())
    assert layout.fonts
    assert layout.webfonts


def test_a_layout_lies_over_the_default_file_by_file(lay: Lay) -> None:
    folder = lay(
        **{
            "tokens.css": ":root { --paper: #010203 }",
            "brief.css": "p { color: red }",
            "notes.md": "not read",
            "fonts/Own.TTF": b"ttf",
            "fonts/Own.woff2": b"wOF2own",
            "fonts/OFL.txt": "a licence",
            ".hidden.css": "x",
        }
    )
    own, default = folder.read("mine"), folder.read("default")
    assert own.files["tokens.css"].path == "layouts/mine/tokens.css"
    assert own.files["brief.css"].text == "p { color: red }"
    assert own.tokens == {"paper": "#010203"}
    assert own.dark == {}
    assert set(own.files) == set(default.files) | {"brief.css"}
    assert set(own.fonts) == set(default.fonts) | {"Own.TTF"}
    assert own.webfonts["Own.woff2"] == b"wOF2own"
    assert own.fingerprint != default.fingerprint
    for name in set(default.files) - {"tokens.css", "brief.css"}:
        assert own.files[name] == default.files[name]


def test_an_editor_s_default_lies_over_ours(tmp_path: Path) -> None:
    (tmp_path / "layouts" / "default").mkdir(parents=True)
    (tmp_path / "layouts" / "default" / "web.css").write_text("a{}")
    layout = LayoutFolder(tmp_path / "layouts").read("default")
    assert layout.files["web.css"].path == "layouts/default/web.css"
    assert layout.files["tokens.css"].path == "default/tokens.css"


def test_the_fingerprint_covers_names_and_bytes_and_no_place(tmp_path: Path) -> None:
    seals = []
    for place, name, text in [
        ("a", "web.css", "x{}"),
        ("b/c", "web.css", "x{}"),
        ("d", "epub.css", "x{}"),
        ("e", "web.css", "y{}"),
    ]:
        folder = tmp_path / place / "layouts" / "mine"
        folder.mkdir(parents=True)
        (folder / name).write_text(text)
        os.utime(folder / name, (0, 0))
        seals.append(LayoutFolder(folder.parent).read("mine").fingerprint)
    assert seals[0] == seals[1]
    assert len(set(seals)) == 3
    assert all(len(seal) == len(hashlib.sha256().hexdigest()) for seal in seals)


@pytest.mark.parametrize(
    "name", ["../../x", "", ".", "..", "a/b", "/etc", "A", "a b", "x\0", "é", "-a", "a" * 101]
)
def test_a_name_that_is_no_slug_is_refused(lay: Lay, name: str) -> None:
    with pytest.raises(ConfigError, match="not a name"):
        lay(**{"web.css": ""}).read(name)


def test_an_unknown_layout_is_told_which_there_are(lay: Lay, tmp_path: Path) -> None:
    with pytest.raises(LayoutError) as caught:
        lay(**{"web.css": ""}).read("mien")
    assert caught.value.hint == "there are: default, mine"
    with pytest.raises(LayoutError):
        LayoutFolder(None).read("mine")
    with pytest.raises(LayoutError):
        LayoutFolder(tmp_path / "absent").read("mine")


@pytest.mark.parametrize(
    ("files", "where", "said"),
    [
        ({"web.css": b"a{}\nb{content:'\xe9'}"}, "layouts/mine/web.css:2", "UTF-8"),
        ({"tokens.css": ":root {\n --a: var(--b);\n --b: var(--a) }"}, "layouts/mine/tokens.css:2", "circle"),
        ({"digest.htm.j2": ""}, "layouts/mine/digest.htm.j2", "did you mean digest.html.j2"),
        ({"digest.html": ""}, "layouts/mine/digest.html", "did you mean digest.html.j2"),
        ({"token.css": ""}, "layouts/mine/token.css", "did you mean tokens.css"),
    ],
)
def test_a_mistake_is_named_with_its_place(
    lay: Lay, files: dict[str, str | bytes], where: str, said: str
) -> None:
    with pytest.raises(LayoutError) as caught:
        lay(**files).read("mine")
    assert caught.value.where == where
    assert said in caught.value.message + caught.value.hint


def test_a_file_that_another_one_names_is_meant(lay: Lay) -> None:
    folder = lay(**{"token.css": "", "web.html.j2": "{% include 'token.css' %}", "ornament.svg": "<svg/>"})
    assert {"token.css", "ornament.svg"} <= set(folder.read("mine").files)


def test_a_link_out_of_the_publication_is_refused(lay: Lay, tmp_path: Path) -> None:
    (tmp_path / "secret.css").write_text("secret")
    folder = lay(**{"web.css": ""})
    mine = tmp_path / "publication" / "layouts" / "mine"
    (mine / "brand.css").symlink_to("web.css")
    assert "brand.css" in folder.read("mine").files
    (mine / "epub.css").symlink_to(tmp_path / "secret.css")
    with pytest.raises(LayoutError, match="outside the publication"):
        folder.read("mine")


# --- tokens -----------------------------------------------------------------------------------


def test_tokens_are_resolved_for_day_and_dark() -> None:
    day, dark = read_tokens(
        """/* first */ html { --not: this }
        :ROOT { color: red; --Ink: #111; --ink: #222; --link: var(--ink) ; --soft: var(--none, var(--link));
          --face:  "Two  spaces",\n   /* why */  serif; --mix: calc(1px + var(--gap, 2px)); --empty:; }
        :root { --second: block }
        @media print { :root { --ink: #000 } }
        @media screen and ( prefers-color-scheme : dark ) { p { --no: 1 } :root { --ink: #eee; --only: dark } }
        """,
        path="t.css",
    )
    assert day == {
        "Ink": "#111",
        "ink": "#222",
        "link": "#222",
        "soft": "#222",
        "face": '"Two  spaces", serif',
        "mix": "calc(1px + 2px)",
        "empty": "",
    }
    assert dark == {"ink": "#eee", "link": "#eee", "soft": "#eee", "only": "dark"}


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (":root { --a: 1;\n", 1, "not closed"),
        (":root { --a: 1 }\n/* no end", 2, "not closed"),
        ("\n:root {\n --a: 'open\n; }", 3, "malformed"),
        (":root {\n --a 1;\n --b: 2 }", 2, "malformed"),
        (":root { --a: 1 } }\n", 1, "malformed"),
        (":root {\n --a: ) }", 2, "malformed"),
        (":root {\n\n --a: var(--b) }", 3, "--b"),
        (":root { --a: var(--a) }", 1, "circle"),
        (":root { --a: 1 }\n@media (prefers-color-scheme: dark) {\n :root { --a: var(--z) } }", 3, "--z"),
        (":root { --a: 1 }\n@media (prefers-color-scheme: dark) {\n oops }", 3, "malformed"),
    ],
)
def test_malformed_tokens_are_named_with_their_line(text: str, line: int, said: str) -> None:
    with pytest.raises(LayoutError) as caught:
        read_tokens(text, path="layouts/mine/tokens.css")
    assert caught.value.where == f"layouts/mine/tokens.css:{line}"
    assert said in caught.value.message


@given(st.text(alphabet=":root{}()[]-a;#1 \n\"'/*\\@mediavr,!<\0\ufffe"))
@example(":root{--a:var(--b,var(--c,1))}")
def test_any_text_gives_tokens_or_a_layout_error(text: str) -> None:
    with contextlib.suppress(LayoutError):
        read_tokens(text, path="tokens.css")
