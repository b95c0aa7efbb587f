import pytest

from briefpub.domain.errors import LayoutError
from briefpub.domain.layout import Layout, LayoutFile
from briefpub.render.webfonts import with_fonts

CSS = """a { top: 0 }
@font-face { font-family: "Serif"; src: url("fonts/s.woff2") format("woff2") }
@font-face { font-family: Mono; src: url(fonts/m.woff2) }
@font-face { font-family: Naskh; src: url('./fonts/n.woff2'); unicode-range: U+0600-06FF, U+FE7? }
b { bottom: 0 }
"""
LAYOUT = Layout(
    name="house",
    files={"web.css": LayoutFile(path="house/web.css", text=CSS)},
    webfonts={"s.woff2": b"serif", "m.woff2": b"mono", "n.woff2": b"naskh"},
    tokens={"mono": '"Mono", monospace'},
)


@pytest.mark.parametrize(
    ("letters", "code", "faces"),
    [
        ("abc", False, ["Serif"]),
        ("abc", True, ["Serif", "Mono"]),
        ("abس", False, ["Serif", "Naskh"]),
        ("\ufe70", False, ["Serif", "Naskh"]),
        ("\ufe80", False, ["Serif"]),
        ("", False, ["Serif"]),
    ],
)
def test_a_face_is_inside_when_the_page_has_letters_for_it(letters, code, faces):
    css = with_fonts(LAYOUT, "web.css", letters=set(letters), code=code)

    assert [face for face in ("Serif", "Mono", "Naskh") if face in css] == faces
    assert css.count("data:font/woff2;base64,") == len(faces)
    assert "fonts/" not in css
    assert css.startswith("a { top: 0 }\n")
    assert css.endswith("b { bottom: 0 }\n")


def test_a_font_that_is_not_there_is_an_error_with_file_and_line():
    poor = Layout(name="house", files=LAYOUT.files, webfonts={"m.woff2": b"mono"}, tokens=LAYOUT.tokens)

    with pytest.raises(LayoutError) as caught:
        with_fonts(poor, "web.css", letters=set(), code=True)
    assert caught.value.where == "house/web.css:2"
    assert "m.woff2" in caught.value.hint
