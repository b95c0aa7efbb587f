import quopri
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefpub.render.quoted import quoted

TEXTS = st.one_of(
    st.text(max_size=300),
    st.text(alphabet="a .=\tFromé\n", max_size=300),
    st.text(alphabet=" =.", max_size=200),
    st.lists(st.sampled_from(["From ", ".", " ", "x" * 73, "x" * 76, "é", "\n"]), max_size=30).map("".join),
)


@given(text=TEXTS, spare=st.sampled_from([0, 1]))
def test_text_comes_back_and_needs_nothing_done_on_its_way(text: str, spare: int) -> None:
    data = re.sub(r"\r\n|\r|\n", "\r\n", text).encode()
    encoded = quoted(data, spare=spare)
    assert quopri.decodestring(encoded) == data
    lines = encoded.split(b"\r\n")
    assert all(len(line) <= 76 for line in lines)
    assert len(lines[-1]) <= 76 - spare
    for line in lines:
        assert re.fullmatch(rb"[ -~]*", line)
        assert not line.startswith((b".", b"From "))
        assert not line.endswith(b" ")
        assert b"  " not in line


@pytest.mark.parametrize(
    ("text", "encoded"),
    [
        (b"plain", b"plain"),
        (b".x\r\n..", b"=2Ex\r\n=2E."),
        (b"From here", b"=46rom here"),
        (b"a  b   c", b"a =20b =20=20c"),
        (b"end \r\n \r\n", b"end=20\r\n=20\r\n"),
        (b"a\tb=c", b"a=09b=3Dc"),
        (b"x" * 76, b"x" * 76),
        (b"x" * 77, b"x" * 75 + b"=\r\nxx"),
        (b"x" * 75 + b".y", b"x" * 75 + b"=\r\n=2Ey"),
        (b"x" * 74 + "é".encode() + b"y", b"x" * 74 + b"=\r\n=C3=A9y"),
    ],
)
def test_these_are_encoded_so(text: bytes, encoded: bytes) -> None:
    assert quoted(text) == encoded
