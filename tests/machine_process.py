"""One of many machines, for tests: `briefpub worker` itself, with leases of seconds instead of minutes.

`python tests/machine_process.py LEASE HANDED [--skew SECONDS] WORDS…` runs `briefpub WORDS…`. What it shortens
is how long is waited for the dead; nothing else is another than in use. `--skew` sets its clock wrong.
"""

import sys
from datetime import UTC, datetime, timedelta

from lan import HUB
from sender_process import end_with_parent

from briefpub.bootstrap import machines, newsroom, places
from briefpub.cli import context
from briefpub.cli.main import main
from briefpub.engine.distributed import Distributed, Pace
from briefpub.transport import address
from briefpub.workflows import round as one_round
from briefpub.workflows.deliver import Deliver

QUICK = Pace(sweep=2.0, heartbeat=1.0, stalled=6.0, rescue=2.0, poll=1.0, longest=3.0)


def shorten(lease: float, handed: float) -> None:
    """Let leases end after seconds, and dead workers be taken for dead as soon."""
    one_round.HANDED_LEASE = timedelta(seconds=handed)
    one_round.MARGIN = timedelta(seconds=lease / 5)
    Deliver.__init__.__kwdefaults__["lease"] = timedelta(seconds=lease)  # type: ignore[index]
    Distributed.__init__.__kwdefaults__["pace"] = QUICK  # type: ignore[index]


def skew(seconds: float) -> None:
    """Let this process's clock be wrong by so much, in every place that was handed the clock."""

    def moment() -> datetime:
        return datetime.now(tz=UTC) + timedelta(seconds=seconds)  # noqa: TID251

    from briefpub.cli import shift, worker

    for place in (places, newsroom, machines, context, shift, worker):
        place.moment = moment  # type: ignore[attr-defined]
    machines.work_of.__kwdefaults__["now"] = moment  # type: ignore[index]


def trust_the_hub() -> None:
    """Let mail to the hub go in the clear: no cable of that network leaves this machine."""
    near = address.is_loopback
    address.is_loopback = lambda host: host == HUB or near(host)


if __name__ == "__main__":
    end_with_parent()  # whoever is killed in the middle of a run leaves no machines behind
    trust_the_hub()
    words = sys.argv[1:]
    shorten(float(words.pop(0)), float(words.pop(0)))
    if words[0] == "--skew":
        skew(float(words[1]))
        words = words[2:]
    main(words)
