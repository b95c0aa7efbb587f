"""Subscribers from CSV: every row is taken, or kept with its reason; nothing is guessed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefpub.content.importers.subscribers import harmless, read_rows, write_rejects
from briefpub.domain.audience import SubscriptionFormat, SubscriptionState
from briefpub.domain.errors import ContentError


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_the_usual_forms_give_the_same_rows(separator, mark, ending):
    lines = ["email,name,status,format", "a@b.org,Ana,confirmed,digest+brief", "c@d.org,,,"]
    data = (mark + ending.join(line.replace(",", separator) for line in lines)).encode()
    first, second = read_rows(data, name="x.csv")
    assert (first.address, first.name, first.format) == (
        "a@b.org",
        "Ana",
        SubscriptionFormat.DIGEST_AND_BRIEF,
    )
    assert (second.line, second.state, second.reason) == (3, SubscriptionState.CONFIRMED, "")


@pytest.mark.parametrize("word", ["unsubscribed", "cleaned", "bounced", "inactive", "Unreachable"])
def test_who_left_elsewhere_stays_off(word):
    (row,) = read_rows(f"email,status\na@b.org,{word}\n".encode(), name="x.csv")
    assert row.state is SubscriptionState.UNSUBSCRIBED


def test_bad_rows_keep_their_line_and_reason():
    data = b'email,name,status\nno-address,,\na@b.org,"two\r\nlines",\nc@d.org,,maybe\ne@f.org,,\nE@f.org,,\n'
    rows = read_rows(data, name="x.csv")
    assert [row.line for row in rows if row.reason] == [2, 3, 5, 7]
    assert b"same address as in line 6" in write_rejects([row for row in rows if row.reason])


def test_a_file_without_an_email_column_is_refused():
    with pytest.raises(ContentError) as caught:
        read_rows(b"name;city\nAna;Lyon\n", name="x.csv")
    assert caught.value.where == "x.csv:1"


def test_cells_a_spreadsheet_would_run_are_made_harmless():
    assert harmless("=cmd()") == "'=cmd()"
    assert harmless("ana@b.org") == "ana@b.org"


@given(st.binary(max_size=300))
def test_any_bytes_give_rows_or_one_content_error(data):
    try:
        rows = read_rows(b"email,name\n" + data, name="x.csv")
    except ContentError:
        return
    assert all(row.reason or "@" in row.address for row in rows)
