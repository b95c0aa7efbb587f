"""Article files: found by pattern, named from the root, and read if they are of a sensible size."""

import glob
from dataclasses import dataclass
from pathlib import Path

from briefpub.content.real_places import RealPlace, RealPlaces
from briefpub.content.remarks import no_match
from briefpub.domain.errors import ContentError
from briefpub.domain.finding import Finding

LARGEST = 5_000_000
DEFAULT_PATTERNS = ("*.md", "*/index.md")
SKIPPED = frozenset({"readme.md"})


@dataclass(frozen=True, slots=True)
class ArticleFile:
    """One file: as it was found, where it really lies, and what it is called in findings."""

    path: Path
    place: Path
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticlePlaces:
    """Where articles lie: below `folder` (by default `root/articles`), or those that match `patterns`.

    Patterns are globs from `folder`, or absolute. Paths are reported from `root`, never absolute.
    """

    root: Path
    folder: Path | None = None
    patterns: tuple[str, ...] | None = None

    def files(self) -> tuple[tuple[ArticleFile, ...], tuple[Finding, ...]]:
        """Give the files in the order of their paths, and what there is to remark on the patterns."""
        folder = self.folder or self.root / "articles"
        real = RealPlaces()
        floor = real(str(self.root))
        findings: list[Finding] = []
        found: dict[Path, None] = {}
        for pattern in self.patterns if self.patterns is not None else DEFAULT_PATTERNS:
            matches = matching(folder, pattern)
            paths = [path for match in matches for path in articles_at(match)]
            if self.patterns is not None and not paths:
                findings.append(no_match(pattern, _file(folder, floor, real).where))
            found.update(dict.fromkeys(paths))
        ordered = sorted(found, key=lambda path: path.as_posix())
        return tuple(_file(path, floor, real) for path in ordered), tuple(findings)


def _file(path: Path, floor: str, real: RealPlace) -> ArticleFile:
    """Name a file from the root, `floor`; of a file elsewhere, by its name alone."""
    place = Path(real(str(path)))
    try:
        where = place.relative_to(floor).as_posix()
    except ValueError:
        where = f"{path.parent.name}/{path.name}" if path.name == "index.md" else path.name
    return ArticleFile(path, place, where)


def matching(folder: Path, pattern: str) -> list[Path]:
    """Give what a glob from `folder`, or an absolute one, matches."""
    return [Path(match) for match in glob.glob(str(Path(glob.escape(str(folder))) / pattern), recursive=True)]  # noqa: PTH207 (Path.glob takes no absolute pattern)


def articles_at(path: Path) -> list[Path]:
    """Give the articles that a match stands for: itself, or those of a folder."""
    if path.is_dir():
        return [file for pattern in DEFAULT_PATTERNS for file in path.glob(pattern) if _is_article(file)]
    return [path] if _is_article(path) else []


def _is_article(path: Path) -> bool:
    name = path.parent.name if path.name == "index.md" else path.name
    return (
        path.suffix.lower() in {".md", ".markdown"}
        and not name.startswith((".", "_"))
        and not path.name.startswith((".", "_"))
        and path.name.lower() not in SKIPPED
        and path.is_file()
    )


def read_bytes(path: Path, where: str) -> bytes:
    """Give a file's bytes; raises ContentError (as of `where`) when it is too large or cannot be read."""
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise ContentError(
                f"the file has {size / 1e6:.1f} MB; an article may have {LARGEST // 1_000_000} MB",
                path=where,
                hint="an essay is text: move pictures into files beside it, or part it into several",
            )
        return path.read_bytes()
    except OSError as error:
        raise ContentError(
            f"the file cannot be read: {error.strerror}", path=where, hint="check that you may read it"
        ) from None
