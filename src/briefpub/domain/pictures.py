"""What renderers ask of the world for pictures: the bytes of one, made ready for one use."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from briefpub.domain.document import Image


class PictureUse(StrEnum):
    """What a picture is made ready for; content.pictures holds the width and quality of each."""

    DIGEST = "digest"
    WEB = "web"
    PDF = "pdf"
    EPUB = "epub"
    COVER = "cover"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendition:
    """A picture made ready: baseline JPEG or PNG in sRGB, upright, with no metadata."""

    data: bytes
    width: int
    height: int
    media_type: str
    sha256: str

    @property
    def extension(self) -> str:
        """Give the file name's extension, with its dot."""
        return ".png" if self.media_type == "image/png" else ".jpg"


class Pictures(Protocol):
    """Pictures by content hash; raises ContentError for one that is not there."""

    def rendition(self, image: Image, use: PictureUse) -> Rendition:
        """Give the picture made ready for `use`, from the cache where it was made before."""
        ...

    def keep(self, data: bytes) -> Image:
        """Keep a picture that was drawn, not found, and give its measures."""
        ...
