"""The layouts folder: each layout of the editor's own laid over the default one, file by file."""

import difflib
import hashlib
import re
from collections.abc import Mapping
from pathlib import Path

from briefpub.content.layout_folders import DEFAULT, bundled
from briefpub.content.layout_tokens import read_tokens
from briefpub.domain.errors import ConfigError, LayoutError
from briefpub.domain.layout import Layout, LayoutFile

SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
TEXTS = {".j2", ".css", ".svg"}
FONTS = {".ttf", ".otf"}
WEBFONTS = {".woff2"}
# What a template's or a style sheet's name looks like when its ending went wrong.
NEARLY_TEXTS = TEXTS | {".html", ".htm", ".xhtml", ".txt", ".jinja", ".jinja2"}
LIKENESS = 0.86  # `digest.html` is that like `digest.html.j2`; `web.css` and `epub.css` are not


class LayoutFolder:
    """The layouts of a publication; `root` is its `layouts` folder, or None for the default one alone."""

    def __init__(self, root: Path | None) -> None:
        """Take the folder, which need not exist."""
        self._root = root

    def read(self, name: str) -> Layout:
        """Give a layout: the default's files, with those of `<root>/<name>/` laid over them.

        Raises ConfigError for a name that is no slug, LayoutError for one that is not there and for a file
        that cannot be used. Nothing is remembered between calls.
        """
        if not SLUG.fullmatch(name) or len(name) > 100:
            raise ConfigError(
                f"not a name a layout can have: {name[:100]!r}", where="layout", hint="use a-z, 0-9, - and _"
            )
        paths = dict(_files(bundled()))
        shown = {relative: f"{DEFAULT}/{relative}" for relative in paths}
        own = self._own(name)
        if self._root is not None:
            paths |= own
            shown |= {relative: f"{self._root.name}/{name}/{relative}" for relative in own}
        return _layout(name, dict(sorted(paths.items())), shown)

    def _own(self, name: str) -> dict[str, Path]:
        if self._root is None or not (self._root / name).is_dir():
            if name == DEFAULT:
                return {}
            there = ", ".join(self._names())
            raise LayoutError(f"there is no layout {name!r}", where="layout", hint=f"there are: {there}")
        try:
            own = dict(_files(self._root / name))
        except OSError as error:
            raise LayoutError(
                f"cannot be read: {error.strerror}", where=f"{self._root.name}/{name}"
            ) from error
        # What a link points at would be published: none may lead out of the publication.
        floors = (self._root.resolve(), self._root.parent.resolve())
        for relative, path in own.items():
            if not any(path.resolve().is_relative_to(floor) for floor in floors):
                where = f"{self._root.name}/{name}/{relative}"
                raise LayoutError("the file lies outside the publication", where=where, hint="copy it here")
        return own

    def _names(self) -> list[str]:
        own = self._root.iterdir() if self._root is not None and self._root.is_dir() else ()
        return sorted(
            {DEFAULT, *(entry.name for entry in own if entry.is_dir() and SLUG.fullmatch(entry.name))}
        )


def _files(folder: Path) -> list[tuple[str, Path]]:
    """Give the files that may belong to a layout, by their name within it; hidden ones do not."""
    here = [(entry.name, entry) for entry in folder.iterdir() if entry.suffix.lower() in NEARLY_TEXTS]
    fonts = folder / "fonts"
    kept = (
        [entry for entry in fonts.iterdir() if entry.suffix.lower() in FONTS | WEBFONTS]
        if fonts.is_dir()
        else []
    )
    every = here + [(f"fonts/{entry.name}", entry) for entry in kept]
    return sorted(
        (name, entry) for name, entry in every if entry.is_file() and not entry.name.startswith(".")
    )


def _layout(name: str, paths: Mapping[str, Path], shown: Mapping[str, str]) -> Layout:
    files: dict[str, LayoutFile] = {}
    fonts: dict[str, str] = {}
    webfonts: dict[str, bytes] = {}
    seal = hashlib.sha256()
    for relative, path in paths.items():
        suffix = path.suffix.lower()
        if suffix not in TEXTS | FONTS | WEBFONTS:
            continue
        data = _read(path, shown[relative])
        seal.update(f"{relative}\0{len(data)}\0".encode() + data)
        if suffix in TEXTS:
            files[relative] = LayoutFile(path=shown[relative], text=_text(data, shown[relative]))
        elif suffix in FONTS:
            fonts[path.name] = str(path.absolute())
        else:
            webfonts[path.name] = data
    _check_names(paths, shown, files)
    sheet = files.get("tokens.css", LayoutFile(path="tokens.css", text=""))
    tokens, dark = read_tokens(sheet.text, path=sheet.path)
    return Layout(
        name=name,
        files=files,
        fonts=fonts,
        webfonts=webfonts,
        tokens=tokens,
        dark=dark,
        fingerprint=seal.hexdigest(),
    )


def _check_names(
    paths: Mapping[str, Path], shown: Mapping[str, str], files: Mapping[str, LayoutFile]
) -> None:
    """Refuse an editor's file whose name is nearly one of the default's: it would be passed over in silence.

    One that another file of the layout names (an include, a macro file) is meant.
    """
    known = {name for name, _ in _files(bundled())}
    for relative in paths:
        if relative in known or relative.startswith("fonts/"):
            continue
        meant = re.compile(rf"(?<![\w.-]){re.escape(relative)}(?![\w.-])")
        if any(meant.search(file.text) for file in files.values()):
            continue
        near = difflib.get_close_matches(relative.lower(), sorted(known), n=1, cutoff=LIKENESS)
        if near:
            raise LayoutError(
                "no part of a layout has this name", where=shown[relative], hint=f"did you mean {near[0]}?"
            )


def _read(path: Path, shown: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise LayoutError(f"cannot be read: {error.strerror}", where=shown) from error


def _text(data: bytes, shown: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise LayoutError("not UTF-8 text", where=f"{shown}:{line}", hint="save it as UTF-8") from error
