"""schedule add: when, in which zone, what goes in, and who must agree."""

from dataclasses import replace
from datetime import datetime, timedelta
from difflib import get_close_matches
from pathlib import Path
from zoneinfo import available_timezones

import click
from click.core import ParameterSource

from briefpub.bootstrap import Newsroom
from briefpub.cli.context import moment, newsroom_of
from briefpub.cli.output import choice_of, json_option, print_json, say
from briefpub.cli.schedule_words import holidays_in, schedule_json, told_moment
from briefpub.cli.spans import SPAN
from briefpub.domain.audience import Frequency, checked_slug
from briefpub.domain.errors import ConfigError
from briefpub.domain.recurrence import Cron, Recurring, Rule, hour_of, rule_of, told
from briefpub.domain.schedule import (
    FREEZE,
    GRACE,
    Approval,
    Order,
    Policy,
    Schedule,
    Selection,
)

DAY = click.DateTime(["%Y-%m-%d"])
WALL_TIME = click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"])
TOO_FEW = click.Choice([one.value for one in (Policy.SKIP, Policy.SEND, Policy.ASK)])
UNAPPROVED = click.Choice([one.value for one in (Policy.WAIT, Policy.SKIP, Policy.ASK)])
LATE = click.Choice([one.value for one in (Policy.SEND, Policy.SKIP, Policy.ASK)])
GATHER = click.Choice([one.value for one in (Frequency.WEEKLY, Frequency.MONTHLY)])

# These stand among the zones, and mean what each machine takes them for.
NO_REGIONS = {"localtime", "posixrules", "Factory"}


@click.command(name="add")
@click.argument("name")
@click.option("--list", "slug", metavar="LIST", required=True, help="The list whose issues it sends.")
@click.option("--on", metavar="DAYS", help="sun,wed · daily · weekdays · 1 · last · '2nd sun' · 'last fri'.")
@click.option("--at", metavar="HH:MM", help="The time of day, on the clocks of --tz.")
@click.option("--tz", metavar="ZONE", help="The IANA time zone; else the list's own.")
@click.option("--every", type=click.IntRange(1, 52), default=1, metavar="N", help="Every N weeks.")
@click.option("--cron", metavar="LINE", help="A cron line of five fields, instead of --on and --at.")
@click.option("--rrule", metavar="RULE", help="A recurrence rule (RFC 5545), instead of --on; needs --at.")
@click.option("--starts", type=DAY, help="The first day; weeks are counted from it.")
@click.option("--ends", type=DAY, help="The last day.")
@click.option("--take", type=click.IntRange(1), metavar="N", help="At most N articles; else all new ones.")
@click.option("--order", type=choice_of(Order), help="Which come first: newest, oldest, or as listed.")
@click.option("--tag", "tags", multiple=True, metavar="TAG", help="Only articles with this tag, or another.")
@click.option("--article", "listed", multiple=True, metavar="ID", help="Only these articles, in this order.")
@click.option("--again", is_flag=True, help="The articles named may be ones the list has had.")
@click.option("--by-hand", is_flag=True, help="Only issues that an editor composed (`briefpub issues add`).")
@click.option("--least", type=click.IntRange(1), default=1, metavar="N", help="So many articles are wanted.")
@click.option("--too-few", type=TOO_FEW, default=Policy.SKIP.value, help="With fewer: skip, send, ask.")
@click.option("--approval", type=choice_of(Approval), default="automatic", help="Held: wait for an editor.")
@click.option(
    "--unapproved", type=UNAPPROVED, default=Policy.WAIT.value, help="Not approved in time: what then."
)
@click.option("--late", type=LATE, default=Policy.SEND.value, help="Late: send within --grace, skip, ask.")
@click.option("--grace", type=SPAN, default=GRACE, metavar="SPAN", help="How late it may be, as 12h.")
@click.option("--freeze", type=SPAN, default=FREEZE, metavar="SPAN", help="How long before it is frozen.")
@click.option("--gather", type=GATHER, help="Send a gathering of the list's issues to those who want one.")
@click.option("--holidays", type=click.Path(path_type=Path), metavar="FILE.ics", help="Leave these days out.")
@json_option
@click.pass_context
def add_command(
    ctx: click.Context,
    *,
    name: str,
    slug: str,
    on: str | None,
    at: str | None,
    tz: str | None,
    every: int,
    cron: str | None,
    rrule: str | None,
    starts: datetime | None,
    ends: datetime | None,
    take: int | None,
    order: str | None,
    tags: tuple[str, ...],
    listed: tuple[str, ...],
    again: bool,
    by_hand: bool,
    least: int,
    too_few: str,
    approval: str,
    unapproved: str,
    late: str,
    grace: timedelta,
    freeze: timedelta,
    gather: str | None,
    holidays: Path | None,
    as_json: bool,
) -> None:
    """Add the schedule NAME: when, in which zone, what goes in, who must agree."""
    newsroom = newsroom_of(ctx)
    found = newsroom.list(slug)
    checked_slug(name, what="name of a schedule")
    rule = _rule(on=on, at=at, every=every, cron=cron, rrule=rrule)
    zone = tz or found.timezone
    _checked_zone(zone)
    if found.archived:
        raise ConfigError("the list is archived", where=slug, hint="`briefpub lists list` names the others")
    if order == Order.LISTED.value and not listed:
        raise click.UsageError("--order listed needs the articles named: --article ID")
    if by_hand and (take or tags or listed):
        raise click.UsageError("--by-hand takes what an editor composed: leave out what picks articles")
    if again and not listed:
        raise click.UsageError("--again needs the articles named: --article ID")
    if take and least > take:
        raise click.UsageError(f"--least {least} can never be had of --take {take}")
    if gather and (take or tags or listed or by_hand):
        raise click.UsageError("a gathering holds all of the list's issues: leave out what picks articles")
    picks = ("order", "least", "too_few")
    if gather and any(ctx.get_parameter_source(one) is ParameterSource.COMMANDLINE for one in picks):
        raise click.UsageError("a gathering holds all of the list's issues: leave out --order and --least")
    _checked_articles(newsroom, listed)
    now = moment()
    schedule = Schedule(
        name=name,
        list=slug,
        rule=rule,
        timezone=zone,
        since=now,
        selection=Selection(
            most=take,
            least=least,
            too_few=Policy(too_few),
            tags=tags,
            order=Order(order) if order else Order.LISTED if listed else Order.NEWEST,
            listed=listed,
            again=again,
            by_hand=by_hand,
        ),
        approval=Approval(approval),
        unapproved=Policy(unapproved),
        late=Policy(late),
        grace=grace,
        freeze=freeze,
        starts=starts.date() if starts else None,
        ends=ends.date() if ends else None,
        frequency=Frequency(gather) if gather else Frequency.EACH,
    )
    next_ones = newsroom.foresee.coming(schedule, after=now, most=1)
    if not next_ones:
        raise ConfigError(
            "this schedule would never come", where=name, hint="look at --starts, --ends and the days"
        )
    if holidays:
        schedule = replace(schedule, changes=holidays_in(holidays, now=now))
    schedule = newsroom.schedules.add(schedule)
    say(f"{name}: {told(rule)} ({zone}), for {slug}. Next: {told_moment(next_ones[0].at, zone)}.")
    for remark in newsroom.foresee.remarks(schedule, after=now):
        say(remark)
    if as_json:
        print_json(schedule_json(schedule))


def _rule(*, on: str | None, at: str | None, every: int, cron: str | None, rrule: str | None) -> Rule:
    if sum(1 for each in (on, cron, rrule) if each) != 1:
        raise click.UsageError("say when, in one way: --on DAYS --at HH:MM, or --cron LINE, or --rrule RULE")
    if cron:
        if at or every != 1:
            raise click.UsageError("a cron line says its own time: leave out --at and --every")
        return Cron(line=cron)
    if not at:
        raise click.UsageError("the time of day is missing: --at 07:30")
    if rrule:
        if every != 1:
            raise click.UsageError("a recurrence rule says its own interval: leave out --every")
        return Recurring(text=rrule, at=hour_of(at))
    return rule_of(on or "", hour_of(at), every=every)


def _checked_zone(name: str) -> None:
    """Raise ConfigError for what is no region of the IANA database: `localtime` is another one elsewhere."""
    if name not in available_timezones() - NO_REGIONS:
        near = get_close_matches(name, available_timezones(), n=1)
        raise ConfigError(
            f"{name!r} is not a time zone",
            where="--tz",
            hint=f"did you mean {near[0]}?" if near else "write it as in the IANA database: Europe/Paris",
        )


def _checked_articles(newsroom: Newsroom, listed: tuple[str, ...]) -> None:
    """Raise ConfigError where an article that is named is not there."""
    if not listed:
        return
    known = {head.id for head in newsroom.heads.heads().heads}
    unknown = [id for id in listed if id not in known]
    if unknown:
        near = get_close_matches(unknown[0], known, n=3)
        raise ConfigError(
            f"there is no article {', '.join(unknown)}",
            where="--article",
            hint=f"did you mean {', '.join(near)}?" if near else "`briefpub check` tells of all of them",
        )
