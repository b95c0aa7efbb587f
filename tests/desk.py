"""A folder of articles with its index of heads, and what a test does to it."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image as Pillow

from briefpub.check.articles import heads_of
from briefpub.content.article_files import ArticlePlaces
from briefpub.content.article_heads import ArticleHeads
from briefpub.content.articles import ArticleFolder
from briefpub.content.pictures import PictureFolder
from briefpub.domain.article import Heads


def a_picture(colour: str) -> bytes:
    buffer = io.BytesIO()
    Pillow.new("RGB", (2, 2), colour).save(buffer, "PNG")
    return buffer.getvalue()


RED, BLUE = a_picture("#f00"), a_picture("#00f")
assert len(RED) == len(BLUE)
BROKEN = RED[:8] + b"?" * (len(RED) - 8)


@dataclass
class Desk:
    """A folder of articles with its index, and what a test does to it."""

    root: Path
    language: str = "fr"
    typography: bool = True

    def write(self, name: str, data: bytes | str) -> None:
        path = self.root / "articles" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())

    def folder(self) -> ArticleFolder:
        pictures = PictureFolder(self.root, self.root / "cache")
        return ArticleFolder(
            root=self.root, default_language=self.language, pictures=pictures, typography=self.typography
        )

    def heads(self, *, shelf: str = "shelf", folder: Callable[[], ArticleFolder] | None = None) -> Heads:
        return ArticleHeads(
            places=ArticlePlaces(root=self.root),
            folder=folder or self.folder,
            shelf=self.root / shelf,
            code=f"{self.language} {self.typography}",
        ).heads()

    def known(self) -> Heads:
        """Give the heads, and fail where anything has to be read for them."""
        return self.heads(folder=lambda: pytest.fail("an article is read again"))

    def anew(self) -> Heads:
        return heads_of(self.folder().gather())

    @property
    def index(self) -> Path:
        (path,) = (self.root / "shelf").glob("*.json")
        return path


def settled(desk: Desk) -> None:
    """Wait until the file system's clock has gone on since the last file was written."""
    probe = desk.root / "probe"
    probe.write_bytes(b"")
    first = probe.stat().st_mtime_ns
    while probe.stat().st_mtime_ns == first:
        probe.write_bytes(b"x")


def essay(title: str = "T", body: str = "Text.", **front: object) -> str:
    keys = "".join(f"{key}: {value}\n" for key, value in {"title": title, "lang": "fr", **front}.items())
    return f"---\n{keys}---\n{body}\n"
