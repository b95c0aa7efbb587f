import pytest

from briefpub.domain.errors import LayoutError
from briefpub.domain.layout import Layout, LayoutFile
from briefpub.render.styles import parted, resolved, stylesheet


def a_layout(css: str) -> Layout:
    return Layout(
        name="house",
        files={"a.css": LayoutFile(path="layouts/house/a.css", text=css)},
        tokens={"ink": "#111111", "wide-serif": '"A B", serif'},
    )


def test_tokens_are_put_in():
    css = "a{color:var(--ink);font:1em var( --wide-serif )}b{color:var(--gone, red)}"

    assert resolved(a_layout(css), "a.css") == 'a{color:#111111;font:1em "A B", serif}b{color:red}'


def test_other_tokens_can_stand_in():
    assert resolved(a_layout("a{color:var(--ink)}"), "a.css", tokens={"ink": "blue"}) == "a{color:blue}"


def test_an_unknown_token_is_an_error_with_file_line_and_the_known_ones():
    with pytest.raises(LayoutError) as caught:
        resolved(a_layout("a{}\nb{color:var(--inc)}"), "a.css")

    assert caught.value.where == "layouts/house/a.css:2"
    assert "--inc" in caught.value.message
    assert "ink" in caught.value.hint


def test_a_missing_sheet_is_an_error():
    with pytest.raises(LayoutError, match=r"b\.css"):
        stylesheet(a_layout(""), "b.css")


@pytest.mark.parametrize(
    "rule",
    [
        "@media (max-width: 3px) { a { color: red } b { color: blue } }",
        "@import 'x';",
        "[data-ogsc] a { color: red }",
        "a:hover { color: red }",
        "p::first-letter { color: red }",
    ],
)
def test_what_no_style_attribute_can_hold_stays_in_the_head(rule):
    inline, kept = parted(f"/* a {{ comment */ a {{ color: green; top: 0 }}\n{rule}\nb{{}}")

    assert inline == "a { color: green; top: 0 }\nb{}"
    assert kept.startswith(rule[:3])
    assert "comment" not in kept


def test_what_stays_is_squeezed_but_means_the_same():
    _, kept = parted(
        "@media (prefers-color-scheme: dark) {\n  .a :first-child, b { color: red !important; }\n}"
    )

    assert kept == "@media (prefers-color-scheme:dark){.a :first-child,b{color:red !important}}"


def test_nothing_parts_into_nothing():
    assert parted("/* nothing */") == ("", "")
