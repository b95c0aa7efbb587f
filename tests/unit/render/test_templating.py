import pytest

from briefpub.domain.errors import LayoutError
from briefpub.domain.layout import Layout, LayoutFile
from briefpub.render.templating import fill, safe


def a_layout(**files: str) -> Layout:
    named = {name.replace("_", "."): text for name, text in files.items()}
    return Layout(
        name="house",
        files={name: LayoutFile(path=f"layouts/house/{name}", text=text) for name, text in named.items()},
    )


def filled(text: str, **context: object) -> str:
    return fill(a_layout(page_html_j2=text), "page.html.j2", context)


def error_of(text: str, **context: object) -> LayoutError:
    with pytest.raises(LayoutError) as caught:
        filled(text, **context)
    return caught.value


def test_words_are_escaped_unless_a_renderer_wrote_them():
    assert filled("{{ a }} {{ b }}", a="<i>", b=safe("<i>")) == "&lt;i&gt; <i>"


def test_text_templates_escape_nothing():
    assert fill(a_layout(mail_txt_j2="{{ a }}"), "mail.txt.j2", {"a": "<i> & é"}) == "<i> & é"


def test_a_template_can_take_in_another():
    layout = a_layout(page_html_j2="{% include 'foot.html.j2' %}", foot_html_j2="{{ a }}\n")

    assert fill(layout, "page.html.j2", {"a": "<"}) == "&lt;\n"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("\n{{ isue }}", 2, "isue"),
        ("\n\n{{ a.b.c }}", 3, "b"),
        ("{% if %}", 1, "Expected"),
        ("x\n{% for a in b %}", 2, "end of template"),
        ("\n{{ 1 / 0 }}", 2, "ZeroDivisionError"),
        ("\n{{ a() }}", 2, "not callable"),
        ("\n{{ a | nosuch }}", 2, "nosuch"),
        ("\n{{ ''.__class__.__mro__ }}", 2, "not its own"),
        ("\n{{ a.append(1) }}", 2, ""),
    ],
)
def test_a_mistake_is_told_with_its_file_and_line(text, line, words):
    error = error_of(text, a=[])

    assert error.where == f"layouts/house/page.html.j2:{line}"
    assert words in error.message


def test_a_mistake_in_a_template_taken_in_is_told_at_its_own_place():
    layout = a_layout(page_html_j2="\n\n{% include 'foot.html.j2' %}", foot_html_j2="\n{{ gone }}")

    with pytest.raises(LayoutError) as caught:
        fill(layout, "page.html.j2", {})
    assert caught.value.where == "layouts/house/foot.html.j2:2"


def test_a_missing_file_is_told_by_name():
    assert "gone.html.j2" in error_of("{% include 'gone.html.j2' %}").message
    with pytest.raises(LayoutError, match=r"nothing\.j2"):
        fill(a_layout(), "nothing.j2", {})


@pytest.mark.parametrize(
    "text", ["{{ lipsum() }}", "{{ [1] | random }}", "{{ a | pprint }}", "{{ a | urlize }}"]
)
def test_nothing_in_a_template_depends_on_chance(text):
    error_of(text, a="x")


def test_what_neither_xml_nor_mail_can_hold_is_left_out():
    assert filled("{{ a }}", a="a\x00\x08\x0b\x1f\x7f\x85\ud800\ufffeb\tc\r\nd\re") == "ab\tc\nd\ne"


def test_layouts_are_told_apart_by_their_fingerprints():
    one = Layout(name="h", files={"p.j2": LayoutFile(path="p.j2", text="one")}, fingerprint="1")
    two = Layout(name="h", files={"p.j2": LayoutFile(path="p.j2", text="two")}, fingerprint="2")

    assert [fill(layout, "p.j2", {}) for layout in (one, two, one)] == ["one", "two", "one"]
