"""Pictures: found below the publication, measured, and made ready once for each use.

The only file that knows Pillow. Pixels are counted before they are decoded; what a camera wrote beside them
(place, time, thumbnail) never leaves this file.
"""

import hashlib
import io
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import PIL
from PIL import Image as Pillow
from PIL import ImageCms, ImageFile

from briefpub.content.picture_cache import PictureCache
from briefpub.content.picture_files import is_bare_jpeg, kind_of, locate, read
from briefpub.content.picture_remarks import Absence, Flaw, finding_of, message_of
from briefpub.domain.document import Image
from briefpub.domain.errors import ContentError
from briefpub.domain.finding import Finding
from briefpub.domain.pictures import PictureUse, Rendition
from briefpub.kit.safeio import place_file

MOST_PIXELS = 64_000_000
LONGEST_SIDE = 30_000  # a JPEG's side is at most 65,500, and no page is that long
PAPER = "#ffffff"
MOST_FOR_TRANSPARENCY = 4  # times what JPEG takes: beyond that it is a photo with an edge
MODES = frozenset(
    {"1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "I;16", "I;16B", "I;16L"}
)


@dataclass(frozen=True, slots=True)
class _Recipe:
    """What a use needs: pixels across, JPEG quality, pixels in all."""

    width: int
    quality: int
    pixels: int = MOST_PIXELS


RECIPES = {
    PictureUse.DIGEST: _Recipe(1040, 72),
    PictureUse.WEB: _Recipe(1440, 78),
    PictureUse.PDF: _Recipe(1600, 80),
    PictureUse.EPUB: _Recipe(1200, 78, 4_000_000),
    PictureUse.COVER: _Recipe(1600, 84, 1600 * 2560),
}


# EXIF 2.32, 4.6.4 A, tag 0x0112: what makes a picture of each orientation upright
TURNS = {
    2: Pillow.Transpose.FLIP_LEFT_RIGHT,
    3: Pillow.Transpose.ROTATE_180,
    4: Pillow.Transpose.FLIP_TOP_BOTTOM,
    5: Pillow.Transpose.TRANSPOSE,
    6: Pillow.Transpose.ROTATE_270,
    7: Pillow.Transpose.TRANSVERSE,
    8: Pillow.Transpose.ROTATE_90,
}
ACROSS = {TURNS[5], TURNS[6], TURNS[7], TURNS[8]}


class PictureFolder:
    """The pictures of a publication. `root` bounds every read; `cache` holds what can be made again.

    Where a picture lies is remembered by its hash from `find` and `keep` on; the object can be sent to
    another process.
    """

    def __init__(self, root: Path, cache: Path) -> None:
        """Take the publication's root and a folder of our own for the cache."""
        self._root = root
        self._drawn = cache / "drawn"
        self._cache = PictureCache(cache, engine=f"Pillow {PIL.__version__}")
        self._places: dict[str, Path] = {}

    @property
    def places(self) -> tuple[Path, ...]:
        """Give the files of all pictures found or kept so far."""
        return tuple(self._places.values())

    def find(
        self, source: str, *, beside: Path, where: str, line: int | None
    ) -> tuple[Image | None, tuple[Finding, ...]]:
        """Give the picture that `source` names, measured upright, or the finding why there is none.

        `beside` is the article's folder; `where` and `line` say where the source is written.
        """
        place = locate(source, root=self._root, beside=beside)
        try:
            data = place if isinstance(place, Absence) else read(place)
        except OSError:
            data = Absence.MISSING
        found = data if isinstance(data, Absence) else self._measured(data)
        if isinstance(found, Image):
            assert isinstance(place, Path)
            self._places[found.sha256] = place
            return found, ()
        return None, (finding_of(found, source, where=where, line=line),)

    def keep(self, data: bytes) -> Image:
        """Keep a drawn picture beside the cache and give its measures; raises ContentError."""
        image = self._measured(data)
        if not isinstance(image, Image):
            raise ContentError(f"a drawn picture cannot be used: {message_of(image)}", path="a drawn picture")
        place = self._drawn / f"{image.sha256}.{'png' if image.media_type == 'image/png' else 'jpg'}"
        try:
            if not (place.is_file() and place.read_bytes() == data):
                place_file(place, data)
        except OSError as error:
            raise ContentError(
                f"a drawn picture cannot be kept: {error.strerror}", path=str(place)
            ) from error
        self._places[image.sha256] = place
        return image

    def rendition(self, image: Image, use: PictureUse) -> Rendition:
        """Give the picture made ready for `use`, never larger than it was; raises ContentError."""
        made = self._cache.rendition(image, use)
        if made is None:
            made = self._made(image, use)
            self._cache.put_rendition(image, use, made)
        return made

    def _made(self, image: Image, use: PictureUse) -> Rendition:
        made = _made_ready(self._original(image), use)
        if isinstance(made, Flaw):
            raise ContentError(message_of(made), path=str(self._places[image.sha256]))
        return made

    def _measured(self, data: bytes) -> Image | Flaw:
        sha256 = hashlib.sha256(data).hexdigest()
        known = self._cache.measures(sha256)
        if known is not None:
            return known
        measures = _measure(data)
        if isinstance(measures, Flaw):
            return measures
        media_type, width, height = measures
        image = Image(sha256=sha256, width=width, height=height, media_type=media_type)
        self._cache.put_measures(image)
        return image

    def _original(self, image: Image) -> bytes:
        places = [self._drawn / f"{image.sha256}.jpg", self._drawn / f"{image.sha256}.png"]
        if image.sha256 in self._places:
            places.insert(0, self._places[image.sha256])
        for place in places:
            with suppress(OSError):
                data = read(place)
                if isinstance(data, bytes) and hashlib.sha256(data).hexdigest() == image.sha256:
                    self._places[image.sha256] = place
                    return data
        raise ContentError(
            "the picture changed or went away while it was used",
            path=str(self._places.get(image.sha256, image.sha256)),
            hint="run the command again",
        )


@contextmanager
def _opened(data: bytes) -> Iterator[Pillow.Image | Flaw]:
    """Give the picture, opened and not yet decoded, with Pillow's warnings kept inside."""
    kind = kind_of(data)
    # WeasyPrint, once loaded, lets Pillow fill up what a cut picture lacks with grey, for everybody.
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Pillow.DecompressionBombWarning)
        if not kind:
            yield Flaw.BROKEN if not data else Flaw.KIND
            return
        with Pillow.open(io.BytesIO(data), formats=(kind,)) as picture:
            width, height = picture.size
            if width * height > MOST_PIXELS or max(width, height) > LONGEST_SIDE:
                yield Flaw.HUGE
            elif picture.mode not in MODES:
                yield Flaw.KIND
            else:
                yield picture


def _measure(data: bytes) -> tuple[str, int, int] | Flaw:
    """Give media type, width and height, upright; every pixel is decoded once, to see that it can be."""
    try:
        with _opened(data) as picture:
            if isinstance(picture, Flaw):
                return picture
            kind = "jpeg" if picture.format == "MPO" else str(picture.format).lower()
            return f"image/{kind}", *_decode(picture, (1, 1))
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning, MemoryError):
        return Flaw.HUGE
    except Exception:  # noqa: BLE001  Pillow's decoders raise whatever they stumble over
        return Flaw.BROKEN


def _made_ready(data: bytes, use: PictureUse) -> Rendition | Flaw:
    recipe = RECIPES[use]
    try:
        with _opened(data) as picture:
            if isinstance(picture, Flaw):
                return picture
            profile = picture.info.get("icc_profile")
            bare = not profile and picture.mode in {"L", "RGB"} and is_bare_jpeg(data)
            full = _decode(picture, (2 * recipe.width, 2 * recipe.width))
            even = _even(picture)
            drawn = picture.format in {"PNG", "GIF"} and even.convert("RGB").getcolors(256) is not None
            size = _target(full, recipe)
            turn = TURNS.get(_orientation(picture))
            ready = even.resize(size[::-1] if turn in ACROSS else size, Pillow.Resampling.LANCZOS)
            ready = _in_srgb(ready.transpose(turn) if turn is not None else ready, profile)
            return _smallest(ready, recipe, drawn=drawn, original=data if bare and size == full else b"")
    except (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning, MemoryError):
        return Flaw.HUGE
    except Exception:  # noqa: BLE001  as above
        return Flaw.BROKEN


def _smallest(ready: Pillow.Image, recipe: _Recipe, *, drawn: bool, original: bytes) -> Rendition:
    """Give the picture as PNG where it is transparent, unless that is a photo; else in the fewest bytes.

    Line art (`drawn`) may stay PNG; a JPEG that holds nothing but its picture may stay as it is.
    """
    opaque = _on_paper(ready)
    jpeg = _encoded(opaque, "JPEG", quality=recipe.quality, subsampling="4:2:0", optimize=True)
    if ready.mode == "RGBA" and ready.getchannel("A").getextrema() != (255, 255):
        png = _encoded(ready, "PNG")
        if len(png) <= MOST_FOR_TRANSPARENCY * len(jpeg):
            return _rendition(png, ready.size, "image/png")
    if original and len(original) <= len(jpeg):
        return _rendition(original, ready.size, "image/jpeg")
    if drawn:
        lines = opaque if opaque.mode == "L" else opaque.quantize(256, dither=Pillow.Dither.NONE)
        png = _encoded(lines, "PNG")
        if len(png) <= len(jpeg):
            return _rendition(png, ready.size, "image/png")
    return _rendition(jpeg, ready.size, "image/jpeg")


def _on_paper(picture: Pillow.Image) -> Pillow.Image:
    if picture.mode != "RGBA":
        return picture
    paper = Pillow.new("RGB", picture.size, PAPER)
    paper.paste(picture, mask=picture.getchannel("A"))
    return paper


def _rendition(data: bytes, size: tuple[int, int], media_type: str) -> Rendition:
    sha256 = hashlib.sha256(data).hexdigest()
    return Rendition(data=data, width=size[0], height=size[1], media_type=media_type, sha256=sha256)


def _encoded(picture: Pillow.Image, kind: str, **how: object) -> bytes:
    picture.info.clear()  # Pillow would write comments and profiles it finds here
    buffer = io.BytesIO()
    picture.save(buffer, kind, **how)
    return buffer.getvalue()


def _target(size: tuple[int, int], recipe: _Recipe) -> tuple[int, int]:
    width, height = size
    scale = min(1.0, recipe.width / width, math.sqrt(recipe.pixels / (width * height)))
    return max(1, int(width * scale + 1e-6)), max(1, int(height * scale + 1e-6))


def _orientation(picture: Pillow.Image) -> int:
    with suppress(Exception):  # broken EXIF does not make a broken picture
        return int(picture.getexif().get(0x0112, 1))
    return 1


def _decode(picture: Pillow.Image, least: tuple[int, int]) -> tuple[int, int]:
    """Decode, a JPEG no larger than it must be for `least`, and give the upright size in full."""
    size = picture.size
    if picture.format in {"JPEG", "MPO"}:
        picture.draft(None, least)
        picture.load()
    else:
        picture.load()
        size = picture.size  # TIFF turns itself upright as it loads, and its orientation is gone then
    return size[::-1] if TURNS.get(_orientation(picture)) in ACROSS else size


def _even(picture: Pillow.Image) -> Pillow.Image:
    """Bring palettes, bits, greys with alpha and 16-bit greys to L, RGB, RGBA or CMYK."""
    if picture.mode.startswith("I;16"):
        # Pillow's own conversion cuts off at 255 instead of scaling.
        return picture.convert("I").point(lambda value: value * (1 / 257)).convert("L")
    if picture.mode in {"LA", "PA"} or "transparency" in picture.info:
        return picture.convert("RGBA")
    if picture.mode == "1":
        return picture.convert("L")
    return picture if picture.mode in {"L", "RGB", "RGBA", "CMYK"} else picture.convert("RGB")


def _in_srgb(picture: Pillow.Image, profile: bytes | None) -> Pillow.Image:
    """Give the picture in sRGB (L, RGB or RGBA), by its own profile where that can be used."""
    plain = picture.convert("RGB") if picture.mode == "CMYK" else picture
    if not profile:
        return plain
    base = picture.convert("RGB") if picture.mode == "RGBA" else picture
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(source).lower():
            return plain
        converted = ImageCms.profileToProfile(
            base,
            source,
            ImageCms.createProfile("sRGB"),
            renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
            outputMode="RGB",
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (
        ImageCms.PyCMSError,
        OSError,
        ValueError,
        TypeError,
    ):  # a profile of another colour space, or broken
        return plain
    if converted is None:
        return plain
    if picture.mode == "RGBA":
        converted.putalpha(picture.getchannel("A"))
    return converted
