import pickle

import pytest

from briefpub.domain import errors
from briefpub.domain.errors import BriefpubError, ContentError, RenderError
from briefpub.domain.finding import Finding, Severity, worst

KINDS = sorted(
    (kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, BriefpubError)),
    key=lambda kind: kind.__name__,
)
OWN = {ContentError: {"path": "a.md"}, RenderError: {"format": "pdf"}}


@pytest.mark.parametrize("kind", KINDS)
def test_every_error_travels_whole_between_processes(kind: type[BriefpubError]) -> None:
    error = kind("it broke", hint="mend it", **OWN.get(kind, {"where": "there"}))
    there = pickle.loads(pickle.dumps(error))
    assert type(there) is kind
    assert (str(there), vars(there)) == (str(error), vars(error))
    assert there.exit_code == kind.exit_code
    assert there.exit_code not in {0, 70}, "0 is done, 70 is a fault of ours"


def test_an_error_says_where_before_what() -> None:
    assert str(BriefpubError("it broke")) == "it broke"
    assert str(BriefpubError("it broke", where="a.toml", hint="mend it")) == "a.toml: it broke"
    assert str(ContentError("it broke", path="a.md", line=3)) == "a.md:3: it broke"
    assert str(ContentError("it broke", path="a.md")) == "a.md: it broke"
    assert str(RenderError("it broke", format="pdf")) == "pdf: it broke"
    assert str(RenderError("it broke", format="pdf", where="a.md:3")) == "a.md:3: it broke"


def test_a_finding_says_its_place_and_the_worst_decides() -> None:
    note = Finding(code="A004", severity=Severity.NOTE, message="", where="a.md", line=7)
    error = Finding(code="A001", severity=Severity.ERROR, message="", where="b.md")
    assert (note.place, error.place) == ("a.md:7", "b.md")
    assert worst((note, error)) is Severity.ERROR
    assert worst(()) is None
