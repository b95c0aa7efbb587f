"""The doctor's examinations: each looks at one thing the publication leans on, and says how to mend it."""

import importlib
import os
import sqlite3
import sys
from collections.abc import Callable
from dataclasses import dataclass

from briefpub.bootstrap import Newsroom
from briefpub.domain.errors import BriefpubError
from briefpub.domain.layout import Layout

PANGO = "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What one examination found."""

    name: str
    well: bool
    told: str
    mend: str = ""


def examine(newsroom: Newsroom) -> tuple[Result, ...]:
    """Run every examination; one that fails never stops the others."""
    examinations: dict[str, Callable[[Newsroom], Result]] = {
        "python": _python,
        "pango": _pango,
        "harfbuzz": _harfbuzz,
        "fonts": _fonts,
        "database": _database,
        "outbox": _outbox,
        "transport": _transport,
    }
    results = []
    for name, look in examinations.items():
        try:
            results.append(look(newsroom))
        except BriefpubError as error:
            results.append(Result(name=name, well=False, told=str(error), mend=error.hint))
    return tuple(results)


def _python(_: Newsroom) -> Result:
    return Result(name="python", well=sys.version_info >= (3, 11), told=sys.version.split()[0])


def _pango(_: Newsroom) -> Result:
    from briefpub.render.brief import weasyprint

    engine = weasyprint()
    return Result(name="pango", well=True, told=f"found, by WeasyPrint {engine.__version__}")


def _harfbuzz(_: Newsroom) -> Result:
    from briefpub.render.brief import weasyprint

    if weasyprint().text.ffi.harfbuzz_subset is not None:
        return Result(name="harfbuzz", well=True, told="subsets fonts")
    return Result(
        name="harfbuzz", well=False, told="no subsetting: briefs take seven times as long", mend=PANGO
    )


def _fonts(newsroom: Newsroom) -> Result:
    layout: Layout = newsroom.layouts.read(newsroom.settings.layout)
    missing = [name for name, path in layout.fonts.items() if not os.path.isfile(path)]  # noqa: PTH113
    told = f"{len(layout.fonts)} in the layout {layout.name}"
    return Result(name="fonts", well=bool(layout.fonts) and not missing, told=told, mend=", ".join(missing))


def _database(newsroom: Newsroom) -> Result:
    if not newsroom.found:
        return Result(name="database", well=True, told="none: this is no publication")
    lists = newsroom.audience.lists()
    told = f"{newsroom.settings.database}, {len(lists)} lists, SQLite {_sqlite_version()}"
    return Result(name="database", well=True, told=told)


def _sqlite_version() -> str:
    try:
        return str(importlib.import_module("pysqlite3.dbapi2").sqlite_version)
    except ImportError:
        return sqlite3.sqlite_version


def _outbox(newsroom: Newsroom) -> Result:
    folder = newsroom.root / newsroom.settings.outbox
    there = folder if folder.is_dir() else newsroom.root
    well = os.access(there, os.W_OK)
    return Result(
        name="outbox",
        well=well,
        told=f"{folder} can{'' if well else 'not'} be written",
        mend="" if well else f"let yourself write there: chmod u+w {there}",
    )


def _transport(newsroom: Newsroom) -> Result:
    return Result(
        name="transport", well=newsroom.transport is not None, told=_without_user(newsroom.settings.transport)
    )


def _without_user(transport: str) -> str:
    scheme, slashes, rest = transport.partition("://")
    return f"{scheme}{slashes}{rest.rpartition('@')[2]}"
