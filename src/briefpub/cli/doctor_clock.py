"""The doctor's look at the clock's parts: who keeps watch, what is late, what asks, and the zones' rules."""

import importlib.metadata
import zoneinfo
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from briefpub.bootstrap import Newsroom
from briefpub.bootstrap.watching import count_of, heartbeats_of
from briefpub.cli.doctor_results import Result
from briefpub.domain.figures import Figures
from briefpub.domain.heartbeat import RUN, Heartbeat
from briefpub.domain.home import ADOPT, elsewhere
from briefpub.domain.schedule import ON_TIME, spell

START = "start it: docs/howto/run-as-a-service.md"
PROBE = "Europe/Paris"


def scheduler(newsroom: Newsroom, now: datetime) -> Result:
    """Look whether somebody keeps watch where that is needed, and whether every run went out at its hour."""
    name = "scheduler"
    if not newsroom.found:
        return Result(name=name, well=True, told="none: this is no publication")
    heartbeats = heartbeats_of(newsroom).all()
    schedules = [schedule for schedule in newsroom.schedules.all() if not schedule.paused]
    figures = count_of(newsroom)()
    told = [_watched(heartbeats, now), *_asked(figures)]
    doubt = _doubt(newsroom)
    if doubt:
        return Result(name=name, well=False, told=f"nothing is sent by itself: {doubt}", mend=ADOPT)
    late = figures.overdue(now)
    dead = [one for one in heartbeats if one.silent(now)]
    living = [one for one in heartbeats if one.kind == RUN and not one.silent(now)]
    if late > ON_TIME:
        told.append(f"a run is {spell(late)} late")
        mend = "look at its log: `briefpub schedule runs` says why" if living else START
        return Result(name=name, well=False, told="; ".join(told), mend=mend)
    if dead:
        mend = "look at its log, and start it again; one that is gone for good is forgotten after a day"
        return Result(name=name, well=False, told="; ".join(told), mend=mend)
    if schedules and not living:
        count = f"{len(schedules)} schedule{'s' if len(schedules) > 1 else ''}"
        told.append(f"{count} will not be run")
        return Result(name=name, well=False, told="; ".join(told), mend=START)
    mend = "`briefpub schedule runs` shows what is asked" if figures.questions else ""
    return Result(name=name, well=True, told="; ".join(told), mend=mend)


def _watched(heartbeats: Sequence[Heartbeat], now: datetime) -> str:
    if not heartbeats:
        return "no `briefpub run` is on"
    told = []
    for one in heartbeats:
        ago = now - one.seen_at
        seen = f"last seen {spell(ago)} ago" if one.silent(now) else f"seen {_seconds(ago)} ago"
        told.append(f"{one.who}, {seen}")
    return "; ".join(told)


def _seconds(ago: timedelta) -> str:
    return f"{max(0, int(ago.total_seconds()))} s"


def _asked(figures: Figures) -> list[str]:
    if not figures.questions:
        return []
    one = figures.questions == 1
    return [f"{figures.questions} run{' waits' if one else 's wait'} for an editor"]


def _doubt(newsroom: Newsroom) -> str:
    """Say why this machine may not send by itself; unlike a run's own question this writes nothing down."""
    homes = newsroom.at_home.homes
    return elsewhere(homes.recorded(), homes.here()) or newsroom.at_home.older()


def deliveries(newsroom: Newsroom) -> Result:
    """Look for deliveries of which nobody knows whether they arrived."""
    name = "deliveries"
    if not newsroom.found:
        return Result(name=name, well=True, told="none: this is no publication")
    unknown = count_of(newsroom)().unknown
    if not unknown:
        return Result(name=name, well=True, told="none is in doubt")
    told = f"{unknown} {'is' if unknown == 1 else 'are'} unknown: they may have arrived, or not"
    return Result(
        name=name, well=True, told=told, mend="docs/howto/a-stuck-mailing.md says how to settle them"
    )


def zones(_: Newsroom) -> Result:
    """Tell where the zones' rules come from: old rules send an issue an hour early or late."""
    name = "zones"
    ours = _version_of_package()
    for folder in map(Path, zoneinfo.TZPATH):
        if (folder / PROBE).is_file():
            return _system_zones(name, folder, ours)
    if ours:
        return Result(name=name, well=True, told=f"{ours}, from the package tzdata")
    return Result(
        name=name, well=False, told="there are no rules of time zones", mend="apt-get install tzdata"
    )


def _system_zones(name: str, folder: Path, ours: str) -> Result:
    version = _version_in(folder)
    told = f"{version or 'of an unknown version'}, from {folder}"
    # 2026a sorts before 2026b and 2027a: the versions are made to.
    if not version or not ours or version >= ours:
        return Result(name=name, well=True, told=told)
    return Result(
        name=name,
        well=True,
        told=f"{told}; the package tzdata has {ours}",
        mend="apt-get install --only-upgrade tzdata, or set PYTHONTZPATH= to use the package's",
    )


def _version_in(folder: Path) -> str:
    for file, before in (("+VERSION", ""), ("tzdata.zi", "# version ")):
        try:
            with (folder / file).open(encoding="ascii", errors="replace") as lines:
                first = lines.readline().strip()
        except OSError:
            continue
        if first.startswith(before):
            return first.removeprefix(before)
    return ""


def _version_of_package() -> str:
    """Give the version of the rules in the package tzdata: its 2026.6 holds 2026f."""
    try:
        year, _, number = importlib.metadata.version("tzdata").partition(".")
    except importlib.metadata.PackageNotFoundError:
        return ""
    number = number.partition(".")[0]
    return (
        f"{year}{chr(ord('a') + int(number) - 1)}" if number.isdecimal() and 1 <= int(number) <= 26 else year
    )
