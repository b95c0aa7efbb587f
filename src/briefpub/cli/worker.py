"""worker: one of many that deliver, on any machine that reaches the database."""

import os
import sys

import click

from briefpub.cli.context import moment, newsroom_of
from briefpub.cli.draining import draining
from briefpub.domain.errors import ConfigError
from briefpub.domain.heartbeat import WORKER

INTERRUPTED = 130
BEAT_EVERY = 10.0


@click.command(name="worker")
@click.option(
    "--threads", type=click.IntRange(1, 64), default=2, show_default=True, help="Tasks done at once."
)
@click.option("--name", help="What the log and the database's server call it; else host and process.")
@click.pass_context
def worker_command(ctx: click.Context, *, threads: int, name: str | None) -> int:
    """Deliver beside others, on any machine, until it is stopped.

    Needs engine = "distributed". SIGTERM or Ctrl-C stops tidily: nothing new is begun, and what is on its way
    ends within 30 seconds. Killed at any moment it loses nothing: what it held is taken up by another.
    """
    newsroom = newsroom_of(ctx)
    if not newsroom.distributed:
        raise ConfigError(
            "a worker has nothing to do here: one process sends this publication",
            where="engine",
            hint='`briefpub run` is that process; for many machines set engine = "distributed"',
        )
    # The libraries behind it are slow to load, and help must not wait for them.
    from briefpub.bootstrap.machines import engine_of, own_name
    from briefpub.bootstrap.watching import heartbeats_of, own_heartbeat
    from briefpub.cli.shift import Shift
    from briefpub.cli.signs import Beat, ticking
    from briefpub.kit import logs

    settings = newsroom.settings
    logs.set_up(level=settings.log if "log" in settings.model_fields_set else "info")
    log = logs.logger("worker")
    called = name or own_name()
    newsroom.engine = engine_of(newsroom, threads=threads, name=called)
    beat = Beat(
        heartbeats=heartbeats_of(newsroom),
        heartbeat=own_heartbeat(WORKER, now=moment()),
        ails=str,
        now=moment,
        log=log,
    )
    try:
        with draining() as drain, ticking("heartbeat", BEAT_EVERY, beat):
            log.info("working", name=called, threads=threads, database=newsroom.database.where)
            Shift(newsroom=newsroom, drain=drain).keep()
        beat.stop()
        log.info("stopped", name=called)
    except KeyboardInterrupt:
        # Python would wait for the threads. What they were at is settled as after a crash.
        log.warning("stopped at once; what was on its way is settled when its lease runs out", name=called)
        sys.stderr.flush()
        os._exit(INTERRUPTED)
    return 0
