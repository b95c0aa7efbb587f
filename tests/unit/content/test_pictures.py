"""Pictures: only the publication's own, measured upright, made ready without anything a camera wrote."""

import contextlib
import hashlib
import io
import os
import pickle
import struct
import warnings
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageCms, ImageDraw, ImageOps
from PIL.JpegImagePlugin import JpegImageFile

from briefpub.content.picture_files import is_bare_jpeg
from briefpub.content.pictures import PictureFolder
from briefpub.domain.document import Image
from briefpub.domain.errors import ContentError
from briefpub.domain.finding import Severity
from briefpub.domain.pictures import PictureUse, Rendition


def photo(size: tuple[int, int] = (400, 200), mode: str = "RGB") -> Pillow.Image:
    """Draw a picture whose corners differ: red above left, blue below right, as many colours as a photo."""
    red = Pillow.linear_gradient("L").resize(size)
    picture = Pillow.merge("RGB", (ImageOps.invert(red), Pillow.radial_gradient("L").resize(size), red))
    draw = ImageDraw.Draw(picture)
    width, height = size
    draw.rectangle((0, 0, width // 4, height // 4), fill="#e00000")
    draw.rectangle((width * 3 // 4, height * 3 // 4, width, height), fill="#0000e0")
    return picture.convert(mode)


def written(picture: Pillow.Image, kind: str = "JPEG", **how: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **how)
    return buffer.getvalue()


def pixels(rendition: Rendition) -> Pillow.Image:
    return Pillow.open(io.BytesIO(rendition.data))


def colour(picture: Pillow.Image, x: int, y: int) -> str:
    """Name a pixel's colour, where it is near enough to one."""
    near = {"red": (224, 0, 0), "blue": (0, 0, 224), "grey": (128, 128, 128), "white": (255, 255, 255)}
    pixel = picture.convert("RGB").getpixel((x, y))
    assert isinstance(pixel, tuple)
    return next(
        (n for n, c in near.items() if max(abs(a - b) for a, b in zip(pixel, c, strict=True)) < 12),
        str(pixel),
    )


class Desk:
    """A publication in a folder, with one article."""

    def __init__(self, root: Path) -> None:
        self.root = root / "publication"
        self.beside = self.root / "articles" / "essay"
        self.beside.mkdir(parents=True)
        self.cache = root / "cache"
        self.folder = PictureFolder(self.root, self.cache)

    def put(self, name: str, data: bytes) -> Path:
        path = self.beside / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def look(self, source: str) -> tuple[Image | None, str]:
        image, findings = self.folder.find(
            source, beside=self.beside, where="articles/essay/index.md", line=7
        )
        assert (image is None) == (len(findings) == 1)
        for finding in findings:
            assert (finding.where, finding.line) == ("articles/essay/index.md", 7)
            assert source[:50] in finding.message
            assert finding.hint
        return image, findings[0].code if findings else ""

    def found(self, data: bytes, name: str = "p") -> Image:
        self.put(name, data)
        image, _ = self.look(name)
        assert image
        return image

    def ready(self, data: bytes, use: PictureUse = PictureUse.WEB) -> Rendition:
        return self.folder.rendition(self.found(data), use)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


# --- where a picture may lie ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("a.jpg", "a.jpg"),
        ("a.jpg", "./a.jpg"),
        ("sub/a.jpg", "sub/a.jpg"),
        ("a b.jpg", "a%20b.jpg"),
        ("a b.jpg", "a b.jpg"),
        ("100%.jpg", "100%.jpg"),
        ("a%20b.jpg", "a%20b.jpg"),
        ("é.jpg", "%C3%A9.jpg"),
        ("e\u0301.jpg", "é.jpg"),
        ("é.jpg", "e\u0301.jpg"),
        ("a.jpg", "a.jpg?v=2"),
        ("a.jpg", "a.jpg#top"),
        ("a#1.jpg", "a#1.jpg"),
        ("../../photos/a.jpg", "/photos/a.jpg"),
        ("../../photos/a.jpg", "../../photos/a.jpg"),
        ("../../photos/a.jpg", "/photos/../photos/a.jpg?w=100"),
    ],
)
def test_a_picture_is_found_as_authors_write_it(desk: Desk, name: str, source: str) -> None:
    data = written(photo())
    desk.put(name, data)
    image, code = desk.look(source)
    assert code == ""
    assert image == Image(
        sha256=hashlib.sha256(data).hexdigest(), width=400, height=200, media_type="image/jpeg"
    )


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ("absent.jpg", "A003"),
        ("", "A003"),
        (".", "A003"),
        ("nul\0.jpg", "A003"),
        ("%00", "A003"),
        ("\udc80.jpg", "A003"),
        ("n" * 5000, "A003"),
        ("absent/" * 3000, "A003"),
        ("/etc/hostname", "A003"),
        ("../../../secret.jpg", "A020"),
        ("..%2f..%2f..%2fsecret.jpg", "A020"),
        ("../../../absent.jpg", "A020"),
        ("link.jpg", "A020"),
        ("linked/secret.jpg", "A020"),
        ("file:///etc/hostname", "A020"),
        ("FILE:secret.jpg", "A020"),
        ("https://example.org/a.jpg", "A021"),
        ("HTTP://example.org/a.jpg", "A021"),
        ("//example.org/a.jpg", "A021"),
        ("ftp://example.org/a.jpg", "A021"),
        ("data:image/png;base64,AAAA", "A022"),
        ("circle.jpg", "A003"),
        ("pipe.jpg", "A003"),
    ],
)
def test_what_is_not_the_publications_own_is_a_finding(desk: Desk, source: str, code: str) -> None:
    (desk.root.parent / "secret.jpg").write_bytes(written(photo()))
    (desk.beside / "link.jpg").symlink_to(desk.root.parent / "secret.jpg")
    (desk.beside / "linked").symlink_to(desk.root.parent)
    (desk.beside / "circle.jpg").symlink_to("circle.jpg")
    os.mkfifo(desk.beside / "pipe.jpg")
    assert desk.look(source) == (None, code)


def test_a_link_within_the_publication_is_followed(desk: Desk) -> None:
    desk.put("a.jpg", written(photo()))
    (desk.beside / "b.jpg").symlink_to("a.jpg")
    assert desk.look("b.jpg")[0] == desk.look("a.jpg")[0]


def test_missing_and_remote_are_warnings_and_outside_is_an_error(desk: Desk) -> None:
    said = {
        source: desk.folder.find(source, beside=desk.beside, where="a.md", line=None)[1][0].severity
        for source in ("absent.jpg", "https://example.org/a.jpg", "../../../x")
    }
    assert list(said.values()) == [Severity.WARNING, Severity.WARNING, Severity.ERROR]


# --- what a picture may be --------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF"])
def test_the_kind_is_read_from_the_bytes_and_not_from_the_name(desk: Desk, kind: str) -> None:
    image = desk.found(written(photo(), kind), name="any.txt")
    assert (image.width, image.height, image.media_type) == (400, 200, f"image/{kind.lower()}")
    assert desk.folder.rendition(image, PictureUse.PDF).width == 400


def png_claiming(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "A022"),
        (b"<!doctype html><title>404</title>", "A022"),
        (b"%PDF-1.7", "A022"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n", "A022"),
        (b"BM" + bytes(60), "A022"),
        (written(Pillow.new("F", (4, 4)), "TIFF"), "A022"),
        (b"", "A024"),
        (b"\xff\xd8\xff", "A024"),
        (written(photo())[:3000], "A024"),
        (written(photo(), progressive=True)[:3000], "A024"),
        (written(photo(), "PNG")[:-500], "A024"),
        (png_claiming(10, 10), "A024"),
        (png_claiming(60_000, 60_000), "A023"),
        (png_claiming(9_000, 8_000), "A023"),
        (png_claiming(1, 40_000), "A023"),
        (b"GIF89a" + struct.pack("<HH", 65535, 65535) + written(photo((9, 9)), "GIF")[10:], "A023"),
    ],
)
def test_a_picture_that_cannot_be_used_is_a_finding(desk: Desk, data: bytes, code: str) -> None:
    desk.put("p.jpg", data)
    assert desk.look("p.jpg") == (None, code)


def test_a_cut_picture_is_broken_whatever_another_library_told_pillow(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("PIL.ImageFile.LOAD_TRUNCATED_IMAGES", True)
    desk.put("p.jpg", written(photo())[:3000])
    assert desk.look("p.jpg") == (None, "A024")


def test_a_file_over_60_mb_is_not_read(desk: Desk) -> None:
    path = desk.put("p.jpg", written(photo()))
    os.truncate(path, 60_000_001)
    assert desk.look("p.jpg") == (None, "A023")


def test_no_warning_of_pillow_escapes(desk: Desk) -> None:
    exif = Pillow.Exif()
    exif[0x010F] = "maker"
    broken = written(photo(), exif=exif.tobytes()[:-9])
    palette = photo((20, 20)).quantize(8)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        desk.put("bomb.png", png_claiming(12_000, 9_000))
        assert desk.look("bomb.png")[1] == "A023"
        assert desk.ready(broken).media_type == "image/jpeg"
        assert desk.ready(written(palette, "PNG", transparency=bytes(range(0, 256, 32)))).width == 20


@given(kind=st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "TIFF", "AVIF"]), data=st.data())
def test_damaged_bytes_never_raise(
    tmp_path_factory: pytest.TempPathFactory, kind: str, data: st.DataObject
) -> None:
    whole = bytearray(written(photo((40, 30)), kind))
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    desk = Desk(tmp_path_factory.mktemp("damaged"))
    desk.put("p", bytes(whole[: data.draw(st.integers(1, len(whole)))]))
    image, code = desk.look("p")
    assert code in {"", "A022", "A023", "A024"}
    if image:
        for use in PictureUse:
            with contextlib.suppress(ContentError):  # what a decoder finds only at full size
                assert desk.folder.rendition(image, use).data


# --- made ready -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("use", "width"), [("digest", 1040), ("web", 1440), ("pdf", 1600), ("epub", 1200), ("cover", 1600)]
)
def test_each_use_has_its_width_and_nothing_is_enlarged(desk: Desk, use: str, width: int) -> None:
    large = desk.ready(written(photo((2000, 1000)), quality=95), PictureUse(use))
    assert (large.width, large.height, large.media_type) == (width, width // 2, "image/jpeg")
    assert pixels(large).size == (large.width, large.height)
    assert large.sha256 == hashlib.sha256(large.data).hexdigest()
    small = desk.ready(written(photo((300, 150))), PictureUse(use))
    assert (small.width, small.height) == (300, 150)


def test_a_picture_in_a_book_has_at_most_four_million_pixels(desk: Desk) -> None:
    tall = desk.ready(written(photo((1200, 8000))), PictureUse.EPUB)
    assert 3_900_000 < tall.width * tall.height <= 4_000_000


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_stands_upright(desk: Desk, kind: str, orientation: int) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    upright = photo((2000, 1000))
    undo = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    lying = upright.transpose(Pillow.Transpose(undo[orientation])) if orientation > 1 else upright
    image = desk.found(written(lying, kind, exif=exif))
    assert (image.width, image.height) == (2000, 1000)
    ready = pixels(desk.folder.rendition(image, PictureUse.DIGEST))
    assert ready.size == (1040, 520)
    assert (colour(ready, 60, 30), colour(ready, 980, 490)) == ("red", "blue")


def test_what_a_camera_wrote_is_gone(desk: Desk) -> None:
    exif = Pillow.Exif()
    exif[0x010F] = "SECRET maker"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (48.0, 51.0, 29.0)
    data = written(photo((900, 600)), exif=exif, comment=b"SECRET comment", xmp=b"<x>SECRET</x>", quality=40)
    for use in PictureUse:
        ready = desk.ready(data, use)
        assert b"SECRET" not in ready.data
        assert b"Exif" not in ready.data
        assert is_bare_jpeg(ready.data)


def test_text_in_a_png_is_gone(desk: Desk) -> None:
    drawing = Pillow.new("RGBA", (30, 30), (200, 0, 0, 100))
    exif = Pillow.Exif()
    exif[0x010F] = "SECRET maker"
    ready = desk.ready(written(drawing, "PNG", exif=exif, icc_profile=b"SECRET profile"))
    assert ready.media_type == "image/png"
    assert b"SECRET" not in ready.data
    assert b"eXIf" not in ready.data


def test_a_jpeg_is_baseline_and_subsampled(desk: Desk) -> None:
    ready = pixels(desk.ready(written(photo((1500, 900)), progressive=True, subsampling="4:4:4")))
    assert "progressive" not in ready.info
    assert isinstance(ready, JpegImageFile)
    assert ready.layer[0][1:3] == (2, 2)


def test_a_bare_small_jpeg_passes_through_and_a_dressed_one_does_not(desk: Desk) -> None:
    noise = Pillow.effect_noise((400, 200), 60)
    bare = written(noise, quality=40)
    assert desk.ready(bare).data == bare
    dressed = written(noise, quality=40, comment=b"hello")
    assert desk.ready(dressed).data != dressed
    tailed = bare + b"tail"
    assert desk.ready(tailed).data != tailed
    heavy = written(photo(), quality=100)
    assert len(desk.ready(heavy).data) < len(heavy)


@pytest.mark.parametrize("cut", [2, 3, 10, 25, 200, -1])
def test_a_cut_jpeg_is_not_bare(cut: int) -> None:
    assert not is_bare_jpeg(written(photo())[:cut])


def test_line_art_stays_png_and_a_photo_does_not(desk: Desk) -> None:
    art = Pillow.new("RGB", (1800, 1200), "white")
    draw = ImageDraw.Draw(art)
    for x in range(0, 1800, 60):
        draw.line((x, 0, 1800 - x, 1200), fill="#204080", width=3)
    ready = desk.ready(written(art, "PNG"))
    assert (ready.media_type, ready.extension, ready.width) == ("image/png", ".png", 1440)
    assert colour(pixels(ready), 1, 700) == "white"
    noise = Pillow.effect_noise((900, 600), 80)
    assert desk.ready(written(noise, "PNG")).media_type == "image/jpeg"
    assert desk.ready(written(photo((900, 600)), "PNG")).media_type == "image/jpeg"


def test_transparency_is_kept_where_it_is_real(desk: Desk) -> None:
    logo = Pillow.new("RGBA", (200, 100), (0, 0, 0, 0))
    ImageDraw.Draw(logo).ellipse((10, 10, 190, 90), fill=(200, 30, 30, 255))
    for kind in ("PNG", "WEBP"):
        ready = desk.ready(written(logo, kind, lossless=True) if kind == "WEBP" else written(logo, kind))
        assert ready.media_type == "image/png"
        assert pixels(ready).getchannel("A").getpixel((0, 0)) == 0
    assert desk.ready(written(photo((200, 100), "RGBA"), "PNG")).media_type == "image/jpeg"


def test_a_photo_with_a_soft_edge_is_laid_on_paper(desk: Desk) -> None:
    soft = photo((700, 300), "RGBA")
    noise = Pillow.effect_noise(soft.size, 90)
    soft = Pillow.merge(
        "RGBA", (noise, soft.getchannel("G"), noise, Pillow.linear_gradient("L").resize(soft.size))
    )
    ready = desk.ready(written(soft, "PNG"), PictureUse.DIGEST)
    assert ready.media_type == "image/jpeg"
    assert colour(pixels(ready), 500, 0) == "white"


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "CMYK", "I;16"])
def test_every_mode_comes_out_in_its_own_colours(desk: Desk, mode: str) -> None:
    greys = {
        "1": Pillow.new("1", (40, 20), 1),
        "LA": Pillow.new("LA", (40, 20), (128, 255)),
        "P": Pillow.new("RGB", (40, 20), "#808080").quantize(4),
        "I;16": Pillow.new("I;16", (40, 20), 0x8000),
    }
    grey = greys.get(mode) or Pillow.new("RGB", (40, 20), "#808080").convert(mode)
    ready = pixels(desk.ready(written(grey, "TIFF" if mode == "CMYK" else "PNG")))
    assert colour(ready, 20, 10) == ("white" if mode == "1" else "grey")


def test_an_embedded_profile_is_applied(desk: Desk) -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # The sRGB profile with red and blue primaries exchanged: red pixels mean blue.
    exchanged = lab.replace(b"rXYZ", b"tXYZ").replace(b"bXYZ", b"rXYZ").replace(b"tXYZ", b"bXYZ")
    exchanged = exchanged.replace("sRGB".encode("utf-16-be"), "swap".encode("utf-16-be"))
    plain = Pillow.new("RGB", (40, 20), "#e00000")
    assert colour(pixels(desk.ready(written(plain, icc_profile=exchanged))), 5, 5) == "blue"
    assert colour(pixels(desk.ready(written(plain, icc_profile=lab))), 5, 5) == "red"
    for unusable in (b"not a profile", exchanged):
        shade = Pillow.new("L", (40, 20), 128)
        ready = pixels(desk.ready(written(shade, icc_profile=unusable)))
        assert "icc_profile" not in ready.info
        assert colour(ready, 5, 5) == "grey"


def test_the_first_frame_stands_for_a_moving_picture(desk: Desk) -> None:
    frames = [Pillow.new("RGB", (30, 30), shade) for shade in ("#e00000", "#00ff00")]
    ready = desk.ready(written(frames[0], "GIF", save_all=True, append_images=frames[1:]))
    assert colour(pixels(ready), 5, 5) == "red"


# --- the cache --------------------------------------------------------------------------------


def files(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_rendition_is_made_once_and_the_same_everywhere(tmp_path: Path) -> None:
    data = written(photo((2000, 1000)), quality=95)
    one, two = Desk(tmp_path / "one"), Desk(tmp_path / "deeper" / "two")
    first = one.ready(data, PictureUse.PDF)
    assert two.ready(data, PictureUse.PDF) == first
    assert files(one.cache) == files(two.cache)
    (one.beside / "p").unlink()
    image = Image(sha256=hashlib.sha256(data).hexdigest(), width=2000, height=1000, media_type="image/jpeg")
    assert PictureFolder(one.root, one.cache).rendition(image, PictureUse.PDF) == first
    names = {name.split("-")[-2] for name in files(one.cache) if name.endswith(".jpg")}
    assert names == {"pdf"}


@pytest.mark.parametrize(
    "harm",
    [
        lambda path: path.write_bytes(path.read_bytes()[:-3]),
        lambda path: path.write_bytes(b""),
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b"\xff\xfe junk 1 2 3"),
    ],
    ids=["cut", "emptied", "removed", "overwritten"],
)
def test_a_damaged_cache_is_made_again(desk: Desk, harm: Callable[[Path], object]) -> None:
    data = written(photo((2000, 1000)))
    desk.put("p", data)
    image, _ = desk.look("p")
    assert image
    whole = desk.folder.rendition(image, PictureUse.WEB)
    before = files(desk.cache)
    for name in before:
        harm(desk.cache / name)
        assert desk.look("p")[0] == image
        assert desk.folder.rendition(image, PictureUse.WEB) == whole
        assert files(desk.cache) == before


def test_a_cache_that_cannot_be_written_does_not_stop_the_edition(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.cache.write_bytes(b"a file where the cache should be")
    assert desk.ready(written(photo())).width == 400
    with pytest.raises(ContentError, match="cannot be kept"):
        desk.folder.keep(written(photo()))


def test_a_drawn_picture_is_kept_and_found_again(desk: Desk) -> None:
    for kind, suffix in (("JPEG", "jpg"), ("PNG", "png")):
        data = written(photo(), kind)
        image = desk.folder.keep(data)
        assert desk.folder.keep(data) == image
        assert (desk.cache / "drawn" / f"{image.sha256}.{suffix}").read_bytes() == data
        elsewhere = pickle.loads(pickle.dumps(PictureFolder(desk.root, desk.cache)))
        assert elsewhere.rendition(image, PictureUse.DIGEST).width == 400
    with pytest.raises(ContentError, match="drawn picture"):
        desk.folder.keep(b"<svg/>")


def test_a_picture_that_changed_since_it_was_found_is_an_error(desk: Desk) -> None:
    image = desk.found(written(photo()))
    desk.put("p", written(photo((10, 10))))
    with pytest.raises(ContentError, match="changed or went away"):
        desk.folder.rendition(image, PictureUse.WEB)
    with pytest.raises(ContentError):
        desk.folder.rendition(
            Image(sha256="0" * 64, width=1, height=1, media_type="image/png"), PictureUse.WEB
        )
