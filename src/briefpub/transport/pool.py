"""Carry messages over many connections, and leave nothing open however it ends."""

from contextlib import suppress

from briefpub.domain.errors import BriefpubError
from briefpub.transport.plan import Plan
from briefpub.transport.run import Run
from briefpub.transport.work import Work


def carry(plan: Plan, work: Work) -> None:
    """Hand over all that `work.next()` gives; raises what `work` raises, every connection dropped.

    Stopped by anything but the ledger (Ctrl-C), it waits a few seconds for the replies to dots that are
    out, and gives back all the rest.
    """
    run = Run(plan, work)
    try:
        run.all()
    except BaseException:
        if not run.recording:
            with suppress(BriefpubError):
                run.stop()
        raise
    finally:
        run.close()
