"""The digest's pictures inside the message: each named by a Content-ID (RFC 2392) instead of its file."""

import hashlib
import re
from collections.abc import Sequence

from briefpub.domain.errors import RenderError
from briefpub.domain.issue import EditionPicture
from briefpub.render.parts import file_part
from briefpub.render.segments import Piece


def with_cids(
    html: str, pictures: Sequence[EditionPicture], domain: str, mark: str
) -> tuple[str, list[list[Piece]]]:
    """Give the page with content ids and the parts they name, of those pictures only that it shows.

    Raises RenderError where it shows one that is not there.
    """
    parts = []
    for picture in pictures:
        short = hashlib.sha256(picture.path.encode()).hexdigest()[:8]
        # No longer than the path it stands for: the digest may fill its budget to the last byte.
        fits = len(f"cid:{short}@{domain}") <= len(picture.path)
        id = f"{short}@{domain if fits else mark[:8]}"
        shown = re.compile(rf"""(?<=["'(\s,]){re.escape(picture.path)}(?=["')\s,])""")
        html, count = shown.subn(f"cid:{id}", html)
        if count:
            name = re.sub(r"[^A-Za-z0-9._-]", "-", picture.path.rpartition("/")[2])
            more = f"Content-ID: <{id}>\r\n"
            parts.append(file_part(picture.media_type, name, picture.data, disposition="inline", more=more))
    lost = re.search(r"""(?:src|background)=["']?(pictures/[^"'\s>]+)""", html)
    if lost:
        raise RenderError(f"the digest shows {lost[1]}, which is not frozen with it", format="digest")
    return html, parts
