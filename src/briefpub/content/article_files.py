"""Article files: found by pattern, and read if they are of a sensible size."""

import glob
from pathlib import Path

from briefpub.domain.errors import ContentError

LARGEST = 5_000_000
DEFAULT_PATTERNS = ("*.md", "*/index.md")
SKIPPED = frozenset({"readme.md"})


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
