"""The proof of a frozen issue: every file is what its manifest says. Pure: it is handed what reads them."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from briefpub.domain.audience import SLUG
from briefpub.domain.errors import OutboxError
from briefpub.domain.issue import Edition, EditionPicture, Format, Frozen, place_of
from briefpub.domain.manifest import MANIFEST, VERSION

Read = Callable[[str], bytes]


def proved(key: str, *, folder: str, manifest: bytes, read: Read) -> Frozen:
    """Give a frozen issue out of its manifest and its files; raise OutboxError where one is not as it says.

    `read` gives a file by its name within `folder`, and raises OutboxError where it cannot.
    """
    place = f"{folder}/{MANIFEST}"
    listed = _read(manifest, place)
    try:
        pictures = tuple(
            EditionPicture(
                path=entry["file"], media_type=entry["media_type"], data=_proved(folder, entry, read)
            )
            for entry in listed["pictures"]
        )
        editions = tuple(
            Edition(format=Format(entry["format"]), data=_proved(folder, entry, read))
            for entry in listed["editions"]
        )
    except (KeyError, TypeError, ValueError) as error:
        raise damaged(place, "the manifest does not say what it should") from error
    return Frozen(key=key, folder=folder, manifest=manifest, editions=editions, pictures=pictures)


def checked_key(key: str, *, where: str) -> tuple[str, str]:
    """Give the list and the issue's folder of a key, `weekly/001`: a key must not lead elsewhere."""
    slug, _, number = place_of(key)
    if not SLUG.fullmatch(slug) or number < 0:
        raise OutboxError(f"{key!r} names no issue", where=where, hint="write it as weekly/001")
    return slug, key.partition("/")[2]


def damaged(place: str, message: str) -> OutboxError:
    """Give the error of a file that is not what it was."""
    return OutboxError(
        message, where=place, hint="restore the folder from a backup: a frozen file is never changed"
    )


def _read(manifest: bytes, place: str) -> dict[str, Any]:
    try:
        listed = json.loads(manifest)
    except ValueError as error:
        raise damaged(place, "the manifest is not JSON") from error
    if not isinstance(listed, dict) or listed.get("briefpub") != VERSION:
        raise damaged(place, "the manifest is of another version of briefpub")
    return listed


def _proved(folder: str, entry: dict[str, Any], read: Read) -> bytes:
    """Read a file the manifest names and prove it by its size, and by its hash where one is given."""
    name = str(entry["file"])
    if name.startswith("/") or not set(name.split("/")).isdisjoint({"", ".", ".."}):
        raise damaged(f"{folder}/{MANIFEST}", f"the manifest names a file outside its folder: {name!r}")
    data = read(name)
    sha256 = entry["sha256"] if "format" in entry else entry.get("sha256")
    if len(data) != entry["size"] or (sha256 is not None and hashlib.sha256(data).hexdigest() != sha256):
        raise damaged(f"{folder}/{name}", "the file is not what the manifest says")
    return data
