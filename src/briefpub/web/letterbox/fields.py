"""What somebody typed into a form of the letterbox, checked field by field."""

from collections.abc import Mapping, Sequence

from briefpub.domain.audience import CONTROL, Frequency, SubscriptionFormat, ascii_domain, checked_address
from briefpub.domain.errors import ConfigError

LONGEST_NAME = 200
HONEYPOT = "website"  # people do not see it; what fills in every field is no person


def address_in(form: Mapping[str, str], field: str) -> str:
    """Give the address in a field, in its true form; empty where it is none."""
    try:
        address = checked_address(form.get(field, "").strip(), where="")
        ascii_domain(address.rpartition("@")[2])
    except ConfigError:
        return ""
    return address


def format_in(form: Mapping[str, str]) -> SubscriptionFormat | None:
    """Give the format that was chosen, if any."""
    try:
        return SubscriptionFormat(form.get("format", ""))
    except ValueError:
        return None


def frequency_in(form: Mapping[str, str], offered: Sequence[Frequency]) -> Frequency | None:
    """Give the frequency that was chosen, if it is one of those offered."""
    return next((each for each in offered if each.value == form.get("frequency")), None)


def is_filled_by_machine(form: Mapping[str, str]) -> bool:
    """Say whether the field that people do not see was filled in."""
    return bool(form.get(HONEYPOT))


def wrongs_in(form: Mapping[str, str]) -> dict[str, str]:
    """Give what is wrong with name and device, each with the key of its words."""
    wrong = {}
    name = form.get("name", "")
    if CONTROL.search(name) or len(name) > LONGEST_NAME:
        wrong["name"] = "bad_name"
    if form.get("device", "").strip() and not address_in(form, "device"):
        wrong["device"] = "bad_address"
    return wrong
