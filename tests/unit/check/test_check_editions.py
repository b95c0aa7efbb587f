import pytest
from builders import an_issue

from briefpub.check.editions import CLIPPED_AT, check_editions
from briefpub.domain.finding import Severity
from briefpub.domain.issue import Edition, Format

END = b"mailto:letters@example.org"


def found(format: Format, data: bytes, **issue: object) -> list[tuple[str, Severity, str]]:
    findings = check_editions(an_issue(**issue), (Edition(format=format, data=data),))
    return [(finding.code, finding.severity, finding.where) for finding in findings]


@pytest.mark.parametrize("format", list(Format))
def test_an_empty_edition_may_not_go_out(format: Format) -> None:
    assert ("E001", Severity.ERROR, f"weekly/001/{format.file_name}") in found(format, b"")


@pytest.mark.parametrize("format", list(Format))
def test_only_a_mail_can_be_too_long(format: Format) -> None:
    assert found(format, END.ljust(CLIPPED_AT)) == []
    over = found(format, END.ljust(CLIPPED_AT + 1))
    expected = [("D003", Severity.ERROR, "weekly/001/digest.html")] if format is Format.DIGEST else []
    assert over == expected


@pytest.mark.parametrize(("data", "codes"), [(b"<p>", ["D004"]), (END, []), (b"unsubscribe", [])])
def test_a_mail_names_somebody_to_write_to(data: bytes, codes: list[str]) -> None:
    assert [code for code, _, _ in found(Format.DIGEST, data)] == codes
    assert found(Format.WEB, data) == []


def test_editions_are_remarked_in_their_order() -> None:
    editions = tuple(Edition(format=format, data=b"") for format in (Format.EPUB, Format.PDF))
    assert [finding.where for finding in check_editions(an_issue(), editions)] == [
        "weekly/001/compilation.epub",
        "weekly/001/brief.pdf",
    ]
