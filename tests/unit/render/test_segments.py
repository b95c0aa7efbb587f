import base64
import hashlib
import quopri
import re
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from briefpub.render.segments import Piece, Run, Slot, base64_run, quoted_run, segments

WORDS = st.text(alphabet="ab .=é\n", max_size=90).map(lambda text: text.replace("\n", "\r\n").encode())
RUNS = st.tuples(
    st.lists(st.one_of(WORDS, st.sampled_from(Slot)), max_size=12),
    WORDS.map(lambda text: text + b"\r\n"),
).map(lambda both: (*both[0], both[1]))
TOKENS = st.tuples(*[st.text(alphabet="aZ09-_", min_size=1, max_size=200).map(str.encode)] * 2)


def plain(run: Run, tokens: tuple[bytes, bytes]) -> bytes:
    return b"".join(tokens[piece] if isinstance(piece, Slot) else piece for piece in run)


def filled(pieces: Sequence[Piece], tokens: tuple[bytes, bytes]) -> bytes:
    body = segments(pieces)
    parts = body.filled(tokens)
    assert body.hashed(parts) == hashlib.sha256(b"".join(parts)).digest()
    assert body.constant == (not any(isinstance(piece, Slot) for piece in pieces)) or body.splices
    return b"".join(parts)


@given(run=RUNS, tokens=TOKENS)
def test_tokens_stand_in_quoted_printable(run: Run, tokens: tuple[bytes, bytes]) -> None:
    encoded = filled(quoted_run(run), tokens)
    assert quopri.decodestring(encoded) == plain(run, tokens)
    lines = encoded.split(b"\r\n")
    assert all(len(line) <= 76 for line in lines)
    assert not any(line.startswith((b".", b"From ")) or line.endswith(b" ") for line in lines)


@given(run=RUNS, tokens=TOKENS)
def test_tokens_stand_in_base64(run: Run, tokens: tuple[bytes, bytes]) -> None:
    encoded = filled(base64_run(run), tokens)
    assert re.fullmatch(rb"(?:[A-Za-z0-9+/]{1,76}\r\n)*(?:[A-Za-z0-9+/]{1,75}={0,2}\r\n)?", encoded)
    assert base64.b64decode(encoded) == plain(run, tokens)


def test_a_token_stands_alone_between_line_breaks() -> None:
    run = (b'see <a href="https://x/', Slot.UNSUBSCRIBE, b'">', Slot.PREFERENCES, b"\r\n")
    assert filled(quoted_run(run), (b"UUU", b"PPP")) == (
        b'see <a href=3D"https://x/=\r\nUUU=\r\n">=\r\nPPP\r\n'
    )
