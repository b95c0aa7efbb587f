"""The cache of measured and made-ready pictures: what is damaged or from another recipe counts as absent."""

import hashlib
from contextlib import suppress
from pathlib import Path

from briefpub.domain.document import Image
from briefpub.domain.pictures import PictureUse, Rendition
from briefpub.kit.safeio import place_file

RECIPE = "v1"


class PictureCache:
    """Measures and renditions by content hash, each with a sealed record beside it.

    `engine` names what writes the pixels and its version: another one may write other bytes, and a cache
    must not make two machines differ. A cache that cannot be written costs time, never an edition.
    """

    def __init__(self, root: Path, *, engine: str) -> None:
        """Take the cache's folder, which need not exist."""
        self._root = root
        self._engine = engine

    def measures(self, sha256: str) -> Image | None:
        """Give a picture's measures, where they were taken before."""
        with suppress(OSError, ValueError):
            media_type, width, height, seal = self._record(sha256, "").read_text("utf-8").split(" ")
            if seal == _seal(sha256, media_type, width, height):
                return Image(sha256=sha256, width=int(width), height=int(height), media_type=media_type)
        return None

    def put_measures(self, image: Image) -> None:
        """Keep a picture's measures."""
        words = (image.media_type, str(image.width), str(image.height))
        with suppress(OSError):
            place_file(
                self._record(image.sha256, ""), " ".join([*words, _seal(image.sha256, *words)]).encode()
            )

    def rendition(self, image: Image, use: PictureUse) -> Rendition | None:
        """Give the picture made ready for `use`, where it was made before."""
        with suppress(OSError, ValueError):
            record = self._record(image.sha256, use)
            media_type, width, height, sha256, engine = record.read_text("utf-8").split(" ", 4)
            data = record.with_suffix(".png" if media_type == "image/png" else ".jpg").read_bytes()
            if engine == self._engine and hashlib.sha256(data).hexdigest() == sha256:
                return Rendition(
                    data=data, width=int(width), height=int(height), media_type=media_type, sha256=sha256
                )
        return None

    def put_rendition(self, image: Image, use: PictureUse, rendition: Rendition) -> None:
        """Keep a picture made ready."""
        record = self._record(image.sha256, use)
        words = (rendition.media_type, str(rendition.width), str(rendition.height), rendition.sha256)
        with suppress(OSError):
            place_file(record.with_suffix(rendition.extension), rendition.data)
            place_file(record, " ".join([*words, self._engine]).encode())

    def _record(self, sha256: str, use: str) -> Path:
        name = "-".join(part for part in (sha256, use, RECIPE) if part)
        return self._root / sha256[:2] / f"{name}.txt"


def _seal(*words: str) -> str:
    return hashlib.sha256(" ".join(words).encode()).hexdigest()
