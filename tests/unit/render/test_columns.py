import pytest
from hypothesis import given
from hypothesis import strategies as st
from mailbench import columns

from briefpub.domain.document import Align
from briefpub.render.columns import aligned, underlined, width_of, wrapped


@pytest.mark.parametrize(
    ("text", "width"),
    [("abc", 3), ("é", 1), ("e\u0301", 1), ("東京", 4), ("한글", 4), ("سُ", 1), ("a\u200db", 2), ("", 0)],
)
def test_width_is_counted_in_columns(text, width):
    assert width_of(text) == width


def test_lines_break_at_spaces_and_never_at_no_break_spaces():
    text = "un\u00a0deux\u202ftrois quatre"

    assert wrapped(text, width=14) == ["un\u00a0deux\u202ftrois", "quatre"]
    assert wrapped(text, width=5) == ["un\u00a0deux\u202ftrois", "quatre"]


def test_marks_stand_before_the_first_line_and_the_others():
    assert wrapped("one two three", first="- ", rest="  ", width=9) == ["- one two", "  three"]


def test_broken_lines_are_kept():
    assert wrapped("one\ntwo", first="> ", rest="> ") == ["> one", "> two"]


def test_ideographs_part_anywhere_but_before_their_closing_marks():
    assert wrapped("春は、あけぼの。夏は夜。", width=10) == ["春は、あけ", "ぼの。夏は", "夜。"]
    assert wrapped("一二三四「五」", width=10) == ["一二三四", "「五」"]


def test_hangul_parts_at_its_spaces_alone():
    assert wrapped("오늘은 날씨가 좋다", width=8) == ["오늘은", "날씨가", "좋다"]


def test_runs_of_blanks_stay():
    assert wrapped("a   b c", width=3) == ["a   b", "c"]


WORDS = st.text(st.sampled_from("abcé\u00a0東京。「오\u0301"), min_size=1, max_size=12)


@given(words=st.lists(WORDS, max_size=30), width=st.integers(5, 40))
def test_no_line_is_wider_than_it_must_be_and_no_word_is_lost(words, width):
    lines = wrapped(" ".join(words), width=width)

    assert "".join("".join(lines).split(" ")) == "".join(words)
    for line in lines:
        assert line == line.strip(" ")
        assert columns(line) <= width or " " not in line


@given(words=st.lists(st.text("abcdefg", min_size=1, max_size=20), min_size=1))
def test_spaced_words_join_again(words):
    assert " ".join(wrapped(" ".join(words), width=30)) == " ".join(words)


def test_columns_that_do_not_fit_are_no_table():
    rows = [["a" * 40, "b" * 40]]

    assert aligned(rows, (Align.NONE, Align.NONE), header=False) is None
    assert aligned([["a\nb"]], (Align.NONE,), header=False) is None


def test_a_heading_is_underlined_as_wide_as_it_is():
    assert underlined(["東京", "abc"], "-") == ["東京", "abc", "----"]
    assert underlined([""], "=") == ["", "="]
