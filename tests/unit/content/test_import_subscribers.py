"""Subscribers from CSV: every row is taken, or kept with its reason; nothing is guessed."""

import csv
import datetime as dt
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefpub.content.importers.subscribers import harmless, plain, read_rows, read_sheet, write_sheet
from briefpub.domain.audience import Subscriber, SubscriptionFormat, SubscriptionState
from briefpub.domain.consent import Standing
from briefpub.domain.errors import ContentError

NOW = dt.datetime(2026, 11, 22, 9, 0, tzinfo=dt.UTC)


def rejected(data: bytes) -> str:
    sheet = read_sheet(data, name="x.csv")
    reasons = {row.line: row.reason for row in sheet.rows() if row.reason}
    return b"".join(sheet.rejects(reasons)).decode()


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


@pytest.mark.parametrize(
    "word", ["unsubscribed", "cleaned", "bounced", "inactive", "Unreachable", "suppressed"]
)
def test_who_left_elsewhere_stays_off(word):
    (row,) = read_rows(f"email,status\na@b.org,{word}\n".encode(), name="x.csv")
    assert row.state is SubscriptionState.UNSUBSCRIBED


def test_an_e_reader_has_an_address_of_its_own():
    good, bad = read_rows(
        b"email,format,device\na@b.org,compilation,Ana@KINDLE.example\nc@d.org,compilation,kindle\n",
        name="x.csv",
    )
    assert (good.format, good.device) == (SubscriptionFormat.COMPILATION, "Ana@kindle.example")
    assert bad.reason.startswith("the device: ")


def test_bad_rows_keep_their_line_and_reason():
    data = b'email,name,status\nno-address,,\na@b.org,"two\r\nlines",\nc@d.org,,maybe\ne@f.org,,\nE@f.org,,\n'
    rows = read_rows(data, name="x.csv")
    assert [row.line for row in rows if row.reason] == [2, 3, 5, 7]
    assert "same address as in line 6" in rejected(data)


def test_a_rejected_row_is_never_told_better_than_it_was():
    """Mended by nobody, the rejects are rejected again: an unknown status does not become `confirmed`."""
    data = "email;statut;ville;reason\na@b.org;peut-être;Lyon;old\n".encode()
    text = rejected(data)
    assert text.splitlines()[0] == "email,statut,ville,reason"
    assert list(csv.reader(io.StringIO(text)))[1][:3] == ["a@b.org", "peut-être", "Lyon"]
    assert "old" not in text
    (again,) = read_rows(text.encode(), name="rejects.csv")
    assert "peut-être" in again.reason


def test_rejects_of_another_encoding_keep_their_letters():
    assert "Séraphine" in rejected("email,name\nno,Séraphine\n".encode("windows-1252"))


def test_a_file_without_an_email_column_is_refused():
    with pytest.raises(ContentError) as caught:
        read_rows(b"name;city\nAna;Lyon\n", name="x.csv")
    assert caught.value.where == "x.csv:1"


def test_cells_a_spreadsheet_would_run_are_made_harmless():
    assert harmless("=cmd()") == "'=cmd()"
    assert harmless("\uff1dcmd()") == "'\uff1dcmd()"
    assert harmless("ana@b.org") == "ana@b.org"


@given(st.text(alphabet=st.sampled_from("'=+-@a \uff0b"), max_size=8))
def test_what_was_made_harmless_comes_back_as_it_was(cell):
    assert plain(harmless(cell)) == cell
    assert not harmless(cell).startswith(("=", "+", "-", "@"))


def a_standing(address: str, name: str, **changes) -> Standing:
    return Standing(
        subscriber=Subscriber(id=1, address=address, name=name),
        list="weekly",
        since=NOW,
        **{"state": SubscriptionState.CONFIRMED, **changes},
    )


NAMES = st.text(st.characters(exclude_categories=["C", "Z"]), max_size=12)


@given(NAMES, st.sampled_from(["a@b.org", "=1+1@b.org", "-x@b.org", "'=x@b.org", "ü@b.org"]))
def test_an_export_reads_back_as_it_was(name, address):
    standing = a_standing(address, name, format=SubscriptionFormat.COMPILATION, device="+d@e.org")
    data = b"".join(write_sheet([standing]))
    assert data.count(b"\r\n") == 2
    (row,) = read_rows(data, name="x.csv")
    assert (row.address, row.name, row.device, row.format, row.state, row.reason) == (
        address,
        name,
        "+d@e.org",
        SubscriptionFormat.COMPILATION,
        SubscriptionState.CONFIRMED,
        "",
    )


def test_an_export_tells_who_is_suppressed():
    (row,) = read_rows(b"".join(write_sheet([a_standing("a@b.org", "", suppressed="bounced")])), name="x.csv")
    assert row.state is SubscriptionState.UNSUBSCRIBED


@given(st.binary(max_size=300))
def test_any_bytes_give_rows_or_one_content_error(data):
    try:
        rows = read_rows(b"email,name\n" + data, name="x.csv")
        rejected(b"email,name\n" + data)
    except ContentError:
        return
    assert all(row.reason or "@" in row.address for row in rows)
