import pytest
from builders import a_list

from briefpub.domain.errors import ConfigError
from briefpub.render.letterbox import preferences_page, served, unsubscribe_mail, unsubscribe_page
from briefpub.render.personal import Personal, personal
from briefpub.render.segments import Run, Slot

L = "https://letters.example.org"
CONTACT = "Us <us@example.org>"


def own(**changes: str) -> Personal:
    return personal(list=a_list(), **{"contact": CONTACT, "letterbox": L, **changes})


def shown(run: Run) -> str:
    return "".join(f"[{piece.name}]" if isinstance(piece, Slot) else piece.decode() for piece in run)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        (f'<a href="{L}/unsubscribe/weekly">', f'<a href="{L}/unsubscribe/[UNSUBSCRIBE]">'),
        (f"<a HREF = '{L}/preferences/weekly'>", f"<a HREF = '{L}/preferences/[PREFERENCES]'>"),
        (
            '<a href="mailto:us@example.org?subject=unsubscribe%20weekly">',
            f'<a href="{L}/unsubscribe/[UNSUBSCRIBE]">',
        ),
        (
            '<a href="mailto:weekly@example.org?subject=unsubscribe%20weekly">',
            f'<a href="{L}/unsubscribe/[UNSUBSCRIBE]">',
        ),
        (f'<a href="{L}/unsubscribe/weekly-2">', None),
        (f'<a href="{L}/unsubscribe/weekly/">', None),
        (f"<p>{L}/unsubscribe/weekly", None),
        ('<a href="mailto:us@example.org">', None),
        ('<a data-href="x" xhref="https://letters.example.org/unsubscribe/weekly">', None),
    ],
)
def test_only_the_lists_own_links_become_personal(text: str, result: str | None) -> None:
    assert shown(own().in_html(text)) == (result or text)


@pytest.mark.parametrize(
    ("text", "result"),
    [
        (f"Leave:\n{L}/unsubscribe/weekly\n", f"Leave:\n{L}/unsubscribe/[UNSUBSCRIBE]\n"),
        (f"({L}/preferences/weekly).", f"({L}/preferences/[PREFERENCES])."),
        ("mailto:us@example.org?subject=unsubscribe%20weekly\n", f"{L}/unsubscribe/[UNSUBSCRIBE]\n"),
        (f"{L}/preferences/weekly-2\n", None),
        (f"{L}/preferences/weekly.html\n", None),
        (f"{L}/preferences/weekly?x\n", None),
    ],
)
def test_only_the_lists_own_addresses_become_personal(text: str, result: str | None) -> None:
    assert shown(own().in_text(text)) == (result or text)


def test_without_a_letterbox_nothing_is_personal() -> None:
    text = '<a href="mailto:us@example.org?subject=unsubscribe%20weekly">'
    assert own(letterbox="").in_html(text) == (text.encode(),)
    assert own(letterbox="").in_text(text) == (text.encode(),)


def test_an_address_is_escaped_where_it_stands_in_html() -> None:
    page = own(letterbox="https://e.org/a&b")
    text = '<a href="https://e.org/a&amp;b/unsubscribe/weekly">'
    assert shown(page.in_html(text)) == '<a href="https://e.org/a&amp;b/unsubscribe/[UNSUBSCRIBE]">'


def test_a_postal_address_is_no_mailbox() -> None:
    text = '<a href="mailto:weekly@example.org?subject=unsubscribe%20weekly">'
    assert Slot.UNSUBSCRIBE in own(contact="12 Mill Lane").in_html(text)


def test_addresses_travel_in_ascii() -> None:
    assert served("https://bücher.example:8443/é/") == "https://xn--bcher-kva.example:8443/%C3%A9"
    assert unsubscribe_page("http://[::1]:8000", "x") == "http://[::1]:8000/unsubscribe/x"
    assert preferences_page(L, "x") == f"{L}/preferences/x"
    assert unsubscribe_mail("a?b&c@e.org", "weekly") == "mailto:a%3Fb%26c@e.org?subject=unsubscribe%20weekly"


@pytest.mark.parametrize("letterbox", ["https://", "x", "https://e.org/" + "x" * 600])
def test_a_letterbox_that_no_mail_could_name_is_refused(letterbox: str) -> None:
    with pytest.raises(ConfigError, match="letterbox"):
        served(letterbox)
