"""Words that need nothing done are given back as they are: the short way says the same as the long one."""

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from briefpub.content.characters import DECOMPOSED, FORBIDDEN, SEPARATORS, prose, without_controls

WORDS = st.text(
    st.one_of(
        st.characters(codec=None),
        st.sampled_from(
            "e\u0301 \t\n\r\x00\x7f\x85\u00a0\u00ad\u202f\u2028\u2029\ufdd0\uffff\ud800\U0001fffe"
        ),
        st.sampled_from("ab é"),
    )
)


@given(WORDS)
@example("Déjà vu.")
@example("e\u0301")
@example("a\tb")
def test_prose_the_short_way(text: str) -> None:
    composed = DECOMPOSED.sub(lambda found: unicodedata.normalize("NFC", found[0]), text)
    assert prose(text) == FORBIDDEN.sub("", SEPARATORS.sub(" ", composed.replace("\t", " ")))


@given(WORDS)
@example("One.\nTwo.")
def test_without_controls_the_short_way(text: str) -> None:
    kept, findings = without_controls(text, where="a.md")
    assert kept == FORBIDDEN.sub("", SEPARATORS.sub(" ", text))
    assert len(findings) == bool(FORBIDDEN.search(SEPARATORS.sub(" ", text)))
    assert all(finding.line is not None for finding in findings)


def test_nothing_that_is_taken_out_is_printable() -> None:
    for code in range(0x110000):
        char = chr(code)
        if char.isprintable():
            assert not FORBIDDEN.match(char)
            assert not SEPARATORS.match(char)
