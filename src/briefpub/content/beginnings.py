"""The first files: of a publication, and of an article."""

import shutil
from importlib.resources import as_file, files
from pathlib import Path

from briefpub.content.slugs import slug_of
from briefpub.content.source import write_source
from briefpub.domain.audience import checked_line
from briefpub.domain.errors import Conflict
from briefpub.kit.safeio import write_file

SETTINGS = """\
# briefpub's settings. Every key is explained in the reference page "settings".
name = {name}
# Where the outbox will be found on the web; links in mails lead there.
# site = "https://example.org"
language = {language}
timezone = "UTC"
contact = "Editor <editor@example.org>"
# transport = "smtp://user@smtp.example.org:587?tls=starttls"

[lists.weekly]
name = {name}
sender = "Editor <editor@example.org>"
"""
IGNORED = "/outbox/\n/build/\n/briefpub.db*\n/.briefpub/\n"
BODY = {
    "fr": "Le chapeau : un paragraphe avant les intertitres.\n\n## Un intertitre\n\nLe texte.\n",
    "en": "The lead: a paragraph before the headings.\n\n## A heading\n\nThe text.\n",
}


def begin(folder: Path, *, name: str, language: str, demo: bool) -> tuple[Path, ...]:
    """Write what a publication begins with, and give the paths; raises Conflict where there is one."""
    settings = folder / "briefpub.toml"
    if settings.exists():
        raise Conflict("there is a publication here already", where=str(settings))
    checked_line(name or "A review", what="name", where=str(folder))
    made = [settings, folder / ".gitignore", folder / "articles", folder / "layouts"]
    (folder / "articles").mkdir(parents=True, exist_ok=True)
    (folder / "layouts").mkdir(exist_ok=True)
    if not (folder / ".gitignore").exists():
        write_file(folder / ".gitignore", IGNORED.encode())
    if demo:
        with as_file(files("briefpub") / "demo") as samples:
            shutil.copytree(
                samples,
                folder / "articles",
                dirs_exist_ok=True,
                ignore=shutil.ignore_patterns("*.py", "__pycache__"),
            )
    title = name or ("La Revue lente" if demo else folder.resolve().name)
    text = SETTINGS.format(name=_quoted(title), language=_quoted("fr" if demo else language))
    write_file(settings, text.encode())
    return tuple(made)


def new_article(folder: Path, *, title: str, language: str) -> Path:
    """Write a draft called `title`, and give its path; raises Conflict where it would overwrite one."""
    checked_line(title, what="title", where="new article")
    path = folder / f"{slug_of(title)}.md"
    if path.exists() or path.with_suffix("").exists():
        raise Conflict("there is an article of that name already", where=str(path))
    front = {"title": title, "lang": language, "authors": [], "standfirst": "", "tags": [], "status": "draft"}
    body = BODY.get(language.split("-", 1)[0], BODY["en"])
    folder.mkdir(parents=True, exist_ok=True)
    write_file(path, write_source(front, body).encode())
    return path


def _quoted(text: str) -> str:
    """Write a TOML basic string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
