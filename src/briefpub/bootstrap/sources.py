"""What a publication is made from: articles, pictures and layouts, and what makes editions of them."""

import os
from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from briefpub.bootstrap.places import code_fingerprint, drawn, reader_fingerprint
from briefpub.config import Settings
from briefpub.workflows import ports

if TYPE_CHECKING:
    from briefpub.content.articles import ArticleFolder
    from briefpub.content.pictures import PictureFolder
    from briefpub.domain.layout import Layout
    from briefpub.workflows.build import Build

HIDDEN = ".briefpub"
# The libraries whose version shows in an edition's bytes.
ENGINES = ("weasyprint", "ebooklib", "jinja2", "css-inline", "pillow", "resvg-py", "babel")


class Sources:
    """A publication's own files, and its press. Nothing is opened before it is asked for."""

    def __init__(self, *, root: Path, settings: Settings, found: bool) -> None:
        """Hold the publication's folder; `found` says whether it has a briefpub.toml."""
        self.root = root
        self.settings = settings
        self.found = found
        self._pictures: dict[Path, PictureFolder] = {}

    @property
    def hidden(self) -> Path:
        """Give the folder of what briefpub keeps beside the database."""
        return self.root / HIDDEN

    @cached_property
    def cache(self) -> Path:
        """Give the folder of what can be made again: in the publication, else in the user's cache."""
        if self.found:
            return self.root / HIDDEN / "cache"
        home = os.environ.get("XDG_CACHE_HOME")
        return (Path(home) if home else Path.home() / ".cache") / "briefpub"

    @cached_property
    def articles(self) -> ports.Articles:
        """Give the publication's own articles."""
        return self.articles_in(self.root / self.settings.articles, None)

    def articles_in(self, folder: Path, patterns: Sequence[str] | None) -> ports.Articles:
        """Give the articles of any folder, or those of its files that match `patterns`."""
        return self._folder(folder, patterns)

    def _folder(self, folder: Path, patterns: Sequence[str] | None) -> "ArticleFolder":
        from briefpub.content.articles import ArticleFolder

        return ArticleFolder(
            root=self._root_for(folder),
            folder=folder,
            patterns=tuple(patterns) if patterns is not None else None,
            default_language=self.settings.language,
            pictures=self.pictures_for(folder),
            typography=self.settings.typography,
        )

    @cached_property
    def heads(self) -> ports.ArticleHeads:
        """Give what choosing needs to know of the publication's own articles, without reading them all."""
        from briefpub.content.article_files import ArticlePlaces
        from briefpub.content.article_heads import ArticleHeads

        folder = self.root / self.settings.articles
        told = (reader_fingerprint(), self.settings.language, self.settings.typography)
        return ArticleHeads(
            places=ArticlePlaces(root=self._root_for(folder), folder=folder),
            folder=lambda: self._folder(folder, None),
            shelf=self.cache / "heads",
            code=repr(told),
        )

    @property
    def pictures(self) -> ports.PictureShelf:
        """Give the publication's pictures, found and drawn."""
        return self.pictures_for(self.root)

    def pictures_for(self, folder: Path) -> "PictureFolder":
        """Give the pictures that articles in a folder may name: the publication's, or the folder's own."""
        from briefpub.content.pictures import PictureFolder

        root = self._root_for(folder)
        if root not in self._pictures:
            self._pictures[root] = PictureFolder(root, self.cache / "pictures")
        return self._pictures[root]

    def _root_for(self, folder: Path) -> Path:
        """Give what bounds every read for articles in a folder: away from the publication, that folder."""
        return self.root if folder.resolve().is_relative_to(self.root) else folder

    @cached_property
    def layouts(self) -> ports.Layouts:
        """Give the layouts: the bundled one, and the editor's own over it."""
        from briefpub.content.layouts import LayoutFolder

        return LayoutFolder(self.root / self.settings.layouts if self.found else None)

    @property
    def layout_folders(self) -> tuple[Path, ...]:
        """Give every folder a layout may take a file from."""
        from briefpub.content.layout_folders import bundled

        return (bundled(), self.root / self.settings.layouts) if self.found else (bundled(),)

    def build(self, *, jobs: int, pictures: ports.PictureShelf | None = None) -> "Build":
        """Give the workflow that makes editions, on `jobs` processes."""
        from briefpub.content.editions import EditionShelf
        from briefpub.engine.presses import Presses
        from briefpub.workflows.build import Build

        return Build(
            pictures=pictures or self.pictures,
            presses=Presses(jobs=jobs, prepare=self._prepare_fonts),
            editions=EditionShelf(folder=self.cache / "editions"),
            draw=drawn,
            engines=self.engines,
            code=code_fingerprint(),
        )

    @cached_property
    def engines(self) -> dict[str, str]:
        """Give the version of each library that shows in an edition's bytes."""
        return {name: version(name) for name in ENGINES}

    def _prepare_fonts(self, layout: "Layout") -> None:
        from briefpub.content.fonts import prepare_fonts

        prepare_fonts(layout, self.cache / "fonts")
