"""The doctor's examinations: each looks at one thing the publication leans on, and says how to mend it."""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from briefpub.bootstrap import HIDDEN, Newsroom
from briefpub.cli.doctor_clock import deliveries, scheduler, zones
from briefpub.cli.doctor_results import Result
from briefpub.cli.doctor_server import call
from briefpub.domain.errors import BriefpubError
from briefpub.domain.layout import Layout
from briefpub.store.sqlite import journal_for, sqlite_module
from briefpub.transport.smtp import Smtp

# A mailing of 100,000 people writes about 60 MB into the database, an issue about 10 MB into the outbox.
LEAST_FREE = 200_000_000
PATIENCE = 15.0
FUTURE = timedelta(minutes=1)
PANGO = "apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fontconfig"


def examine(newsroom: Newsroom, *, now: datetime) -> tuple[Result, ...]:
    """Run every examination; one that fails never stops the others."""
    examinations: dict[str, Callable[[Newsroom], Result]] = {
        "python": _python,
        "pango": _pango,
        "harfbuzz": _harfbuzz,
        "fonts": _fonts,
        "database": _database,
        "outbox": _outbox,
        "disk": _disk,
        "clock": lambda newsroom: _clock(newsroom, now),
        "zones": zones,
        "scheduler": lambda newsroom: scheduler(newsroom, now),
        "deliveries": deliveries,
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
    database = newsroom.database
    with database.writing():
        pass  # the right to write is asked for and given back
    lists = newsroom.audience.lists()
    kind = _sqlite() if database.path else "PostgreSQL"
    told = f"{database.where} can be written, {len(lists)} lists, {kind}"
    return Result(name="database", well=True, told=told)


def _sqlite() -> str:
    """Name the SQLite that is linked, and the journal it is trusted with."""
    module = sqlite_module()
    version = module.sqlite_version
    if journal_for(module.sqlite_version_info) == "wal":
        return f"SQLite {version}, write-ahead journal"
    return f"SQLite {version}, whose write-ahead journal has a flaw: the slower rollback journal is used"


def _outbox(newsroom: Newsroom) -> Result:
    if newsroom.settings.outbox == "database":
        return Result(name="outbox", well=True, told="kept in the database", mend="")
    folder = newsroom.root / newsroom.settings.outbox
    there = folder if folder.is_dir() else newsroom.root
    well = os.access(there, os.W_OK)
    return Result(
        name="outbox",
        well=well,
        told=f"{folder} can{'' if well else 'not'} be written",
        mend="" if well else f"let yourself write there: chmod u+w {there}",
    )


def _disk(newsroom: Newsroom) -> Result:
    free = shutil.disk_usage(newsroom.root).free
    return Result(
        name="disk",
        well=free >= LEAST_FREE,
        told=f"{free / 1e9:,.1f} GB free in {newsroom.root}",
        mend="" if free >= LEAST_FREE else "make room: when the disk is full, nothing is sent",
    )


def _clock(newsroom: Newsroom, now: datetime) -> Result:
    """Look for files that were written later than now: leases, retries and dates all lean on the clock."""
    told = now.isoformat(timespec="seconds")
    named = (newsroom.root / name for name in ("briefpub.toml", newsroom.settings.database, HIDDEN))
    for path in (path for path in named if path.exists()):
        written = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if written > now + FUTURE:
            behind = str(written - now).partition(".")[0]
            return Result(
                name="clock",
                well=False,
                told=f"{told}, but {path.name} was written {behind} later than that",
                mend="set the clock: sudo timedatectl set-ntp true",
            )
    return Result(name="clock", well=True, told=told)


def _transport(newsroom: Newsroom) -> Result:
    transport = newsroom.transport
    told = _without_user(newsroom.settings.transport)
    sender = _sender(newsroom)
    if not isinstance(transport, Smtp) or not sender:
        return Result(name="transport", well=True, told=told)
    called = call(replace(transport, patience=PATIENCE), sender)
    if called.ready:
        return Result(name="transport", well=True, told=f"{told} takes mail from {sender}; none was sent")
    if called.trouble:
        return Result(
            name="transport",
            well=False,
            told=f"{told}: {called.trouble.message}",
            mend=called.trouble.hint or "try again in a minute",
        )
    said = called.attempt.reply if called.attempt else "it said nothing"
    return Result(
        name="transport",
        well=False,
        told=f"{told} takes no mail from {sender}: {said}",
        mend="ask your provider which senders this account may use",
    )


def _sender(newsroom: Newsroom) -> str:
    """Give the address that issues come from: the first list's, else the contact's."""
    senders = [stated.sender for stated in newsroom.settings.lists.values() if stated.sender]
    if newsroom.found and not senders:
        senders = [list.sender for list in newsroom.audience.lists()]
    return next(iter([*senders, newsroom.settings.contact]), "")


def _without_user(transport: str) -> str:
    scheme, slashes, rest = transport.partition("://")
    return f"{scheme}{slashes}{rest.rpartition('@')[2]}"
