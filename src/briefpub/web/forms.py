"""What a form said: urlencoded and multipart bodies (RFC 7578) become fields."""

from collections.abc import Mapping
from email import message_from_bytes
from email.message import Message
from urllib.parse import parse_qsl

MOST_BYTES = 16 * 1024
MOST_FIELDS = 40
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"


def fields_of(content_type: str, body: bytes) -> Mapping[str, str]:
    """Give the last value of each field; a body that is no form has none.

    It never raises: what a page does must not depend on how well its caller writes (RFC 8058 3.2 lets a
    one-click come either way).
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == URLENCODED:
        return _urlencoded(body)
    if kind == MULTIPART:
        return _multipart(content_type, body)
    return {}


def _urlencoded(body: bytes) -> dict[str, str]:
    text = body.decode("utf-8", "replace")
    try:
        return dict(parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=MOST_FIELDS))
    except ValueError:  # too many of them
        return {}


def _multipart(content_type: str, body: bytes) -> dict[str, str]:
    head = content_type.encode("latin-1", "replace").replace(b"\r", b" ").replace(b"\n", b" ")
    message = message_from_bytes(b"Content-Type: " + head + b"\r\n\r\n" + body)
    parts = message.get_payload()
    found: dict[str, str] = {}
    for part in parts[:MOST_FIELDS] if isinstance(parts, list) else ():
        if not isinstance(part, Message) or part.is_multipart():
            continue
        try:
            name = part.get_param("name", header="content-disposition")
            value = part.get_payload(decode=True)
        except (LookupError, ValueError, TypeError, AttributeError):
            continue  # a part head that the standard library trips over holds no field of ours
        if isinstance(name, str) and isinstance(value, bytes):
            found[name] = value.decode("utf-8", "replace")
    return found
