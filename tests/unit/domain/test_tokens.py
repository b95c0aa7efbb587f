import datetime as dt
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefpub.domain.tokens import Purpose, Token, opened, sealed

KEY = b"k" * 32
LETTERS = set(string.ascii_letters + string.digits + "-_")
TOKENS = st.builds(
    Token,
    purpose=st.sampled_from(Purpose),
    list=st.from_regex(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", fullmatch=True),
    subscriber=st.integers(0, 2**40),
    expires=st.none()
    | st.integers(1_500_000_000, 3_800_000_000).map(lambda at: dt.datetime.fromtimestamp(at, dt.UTC)),
)


@given(TOKENS)
def test_a_token_comes_back_as_it_was_sealed(token: Token) -> None:
    text = sealed(token, secret=KEY)
    assert set(text) <= LETTERS
    assert opened(text, secret=KEY) == token
    assert opened(text, secret=b"x" * 32) is None


@given(TOKENS, st.data())
def test_a_changed_token_is_worth_nothing(token: Token, data: st.DataObject) -> None:
    text = sealed(token, secret=KEY)
    # The last letter may carry bits that stand for nothing.
    at = data.draw(st.integers(0, len(text) - 2))
    other = data.draw(st.sampled_from(sorted(LETTERS - {text[at]})))
    assert opened(text[:at] + other + text[at + 1 :], secret=KEY) is None
    assert opened(text[:at], secret=KEY) is None


@given(st.text())
def test_anything_else_is_no_token(text: str) -> None:
    assert opened(text, secret=KEY) is None


@pytest.mark.parametrize("text", ["", "=", "é", "YQ", "A" * 400])
def test_junk_is_no_token(text: str) -> None:
    assert opened(text, secret=KEY) is None
