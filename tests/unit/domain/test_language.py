import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefpub.domain.document import Direction
from briefpub.domain.language import direction_of, minutes_to_read, primary


@pytest.mark.parametrize(
    ("tag", "language"), [("fr", "fr"), ("fr-CA", "fr"), ("FR_be", "fr"), ("zh-Hant-TW", "zh"), ("", "")]
)
def test_the_primary_subtag(tag: str, language: str) -> None:
    assert primary(tag) == language


@pytest.mark.parametrize(
    "tag", ["ar", "AR-eg", "he_IL", "fa", "ur", "ks-Arab", "az-Arab", "pa-arab-PK", "yi"]
)
def test_written_from_right_to_left(tag: str) -> None:
    assert direction_of(tag) is Direction.RTL


@pytest.mark.parametrize("tag", ["fr", "en", "ja", "ar-Latn", "fa-Cyrl", "tg", "az", "", "arn"])
def test_written_from_left_to_right(tag: str) -> None:
    assert direction_of(tag) is Direction.LTR


@pytest.mark.parametrize(
    ("words", "characters", "tag", "minutes"),
    [
        (0, 0, "fr", 1),
        (1950, 0, "fr", 10),
        (1950, 0, "fr-CA", 10),
        (1380, 0, "ar", 10),
        (2000, 0, "nl", 10),
        (1, 2550, "zh-Hans", 10),
        (1, 3570, "ja", 10),
    ],
)
def test_the_pace_is_that_of_the_language(words: int, characters: int, tag: str, minutes: int) -> None:
    assert minutes_to_read(words, characters, tag) == minutes


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.sampled_from(["fr", "ja", "xx"]))
def test_more_words_never_take_less_time(words: int, more: int, tag: str) -> None:
    assert 1 <= minutes_to_read(words, words, tag) <= minutes_to_read(words + more, words + more, tag)
