"""A publication and all that works on it: every adapter is chosen here, and made on first use."""

import os
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from briefpub.bootstrap.places import (
    moment,
    outbox_folder,
)
from briefpub.bootstrap.records import Records
from briefpub.bootstrap.sources import HIDDEN
from briefpub.domain.audience import List
from briefpub.domain.delivery import Attempt, Message
from briefpub.domain.issue import Frozen
from briefpub.workflows import ports

if TYPE_CHECKING:
    from briefpub.render.message import Stationery
    from briefpub.transport.address import TransportAddress
    from briefpub.workflows.ahead import Make
    from briefpub.workflows.at_home import AtHome
    from briefpub.workflows.bring_in import BringIn
    from briefpub.workflows.erase import Erase
    from briefpub.workflows.foresee import Foresee
    from briefpub.workflows.make_issue import MakeIssue
    from briefpub.workflows.publish import Publish
    from briefpub.workflows.publish_at import PublishAt
    from briefpub.workflows.run_schedule import RunSchedule
    from briefpub.workflows.send import Send
    from briefpub.workflows.subscribe import Subscribe
    from briefpub.workflows.sweep import Sweep
    from briefpub.workflows.work import Work

MOST_THREADS = 4


class Newsroom(Records):
    """A publication and all that works on it. Nothing is opened before a command asks for it."""

    def close(self) -> None:
        """Close every connection that was opened: a server need not find out by itself that we are gone."""
        opened = vars(self)
        if "engine" in opened:
            self.engine.close()
        if "database" in opened:
            self.database.close()

    @cached_property
    def outbox(self) -> ports.Outbox:
        """Give the frozen editions."""
        from briefpub.bootstrap.machines import outbox_of

        return outbox_of(self)

    @cached_property
    def ledger(self) -> ports.Ledger:
        """Give mailings and deliveries."""
        from briefpub.bootstrap.machines import ledger_of

        return ledger_of(self)

    # --- the post ----------------------------------------------------------------------------

    @cached_property
    def address(self) -> "TransportAddress":
        """Give where messages are handed over; raises ConfigError for what is no transport."""
        from briefpub.transport.address import transport_address

        return transport_address(self.settings.transport)

    @cached_property
    def transport(self) -> ports.Transport:
        """Give the transport that the settings name; raises ConfigError for one that cannot be."""
        from briefpub.bootstrap.post import transport_of

        return transport_of(self.settings, self.root, self.address)

    @cached_property
    def stationery(self) -> "Callable[[List], Stationery]":
        """Give what stands on every message of a list: links, bounce address, signature."""
        from briefpub.bootstrap.post import stationery_of

        return stationery_of(self.settings, self.root, self.root / HIDDEN)

    def send(self) -> "Send":
        """Give the workflow that takes frozen issues to their subscribers."""
        from briefpub.bootstrap.machines import own_name
        from briefpub.bootstrap.post import plan_of
        from briefpub.store.lock import alone
        from briefpub.workflows.deliver import Deliver
        from briefpub.workflows.send import Send

        return Send(
            audience=self.audience,
            issues=self.issues,
            ledger=self.ledger,
            outbox=self.outbox,
            deliver=Deliver(
                ledger=self.ledger,
                transport=self.transport,
                sites=self.sites,
                plan=plan_of(self.settings, self.address),
                owner=own_name(),
                threads=min(os.cpu_count() or 1, MOST_THREADS),
            ),
            alone=nullcontext if self.distributed else partial(alone, self.database),
            shared=self.distributed,
            imprint=self.settings.imprint(),
            stationery=self.stationery,
            reserved=self.runs.reserved,
            doubt=self.at_home.doubt,
            mark=self.at_home.mark,
        )

    # --- the machines ------------------------------------------------------------------------

    @property
    def distributed(self) -> bool:
        """Say whether many machines work this publication at once."""
        return self.settings.engine == "distributed"

    @cached_property
    def engine(self) -> ports.Engine:
        """Give what carries nudges: within this process, or over the database to every machine."""
        from briefpub.bootstrap.machines import engine_of

        return engine_of(self)

    @cached_property
    def sweep(self) -> "Sweep":
        """Give what derives every nudge from the rows again; call it with the clock."""
        from briefpub.bootstrap.machines import sweep_of

        return sweep_of(self)

    def work(self, *, stop: "Callable[[], bool]") -> "Work":
        """Give what a task of the engine does."""
        from briefpub.bootstrap.machines import work_of

        return work_of(self, stop=stop)

    def maker(self, frozen: Frozen, list: List, *, test: bool = False) -> "Make":
        """Give what makes the messages of an issue, marked as a test where they are one."""
        from briefpub.workflows.send import made

        return made(self.send().letters(frozen, list, mark="[Test] " if test else ""))

    def post_one(self, message: Message) -> Attempt:
        """Hand over one message that no mailing holds."""
        from briefpub.workflows.post_letter import PostLetter

        return PostLetter(transport=self.transport, now=moment).send(message)

    def publish(self, *, jobs: int) -> "Publish":
        """Give the workflow that takes a list's next issue from its articles to its subscribers."""
        from briefpub.store.lock import FOR_A_ROUND, alone
        from briefpub.workflows.publish import Publish

        send = self.send()
        return Publish(
            articles=self.articles,
            audience=self.audience,
            issues=self.issues,
            ledger=self.ledger,
            outbox=self.outbox,
            make=self.make_issue(jobs=jobs, letters=send.letters),
            send=replace(send, alone=partial(alone, self.database, patience=FOR_A_ROUND)),
            way=str(self.address),
            unapproved=self.unapproved,
            reserved=self.runs.reserved,
            older=self.at_home.older,
        )

    def publish_at(self, *, jobs: int) -> "PublishAt":
        """Give the workflow that publishes a list's next issue at a later moment."""
        from briefpub.workflows.publish_at import PublishAt

        return PublishAt(publish=self.publish(jobs=jobs), schedules=self.schedules, runs=self.runs)

    def make_issue(self, *, jobs: int, letters: "Callable[[Frozen, List], object]") -> "MakeIssue":
        """Give the workflow that builds an issue as it would be frozen."""
        from briefpub.workflows.make_issue import MakeIssue

        return MakeIssue(
            layouts=self.layouts,
            outbox=self.outbox,
            build=self.build(jobs=jobs),
            letters=letters,
            imprint=self.settings.imprint(),
        )

    # --- the clock ---------------------------------------------------------------------------

    @cached_property
    def at_home(self) -> "AtHome":
        """Give what knows whether this machine may send by itself."""
        from briefpub.bootstrap.clock import at_home_of

        return at_home_of(self)

    def run_schedules(self, *, jobs: int = 1, shared: bool = False) -> "RunSchedule":
        """Give the workflow of the schedules; `shared` where others run them at the same time."""
        from briefpub.bootstrap.clock import ALONE, run_schedule_of
        from briefpub.bootstrap.machines import own_name
        from briefpub.workflows.freeze import Freeze

        freeze = Freeze(
            articles=self.articles,
            make=self.make_issue(jobs=jobs, letters=self.send().letters),
            issues=self.issues,
            outbox=self.outbox,
        )
        return run_schedule_of(
            self,
            ledger=self.ledger,
            freeze=freeze,
            at_home=self.at_home,
            owner=own_name() if shared else ALONE,
        )

    @property
    def foresee(self) -> "Foresee":
        """Give what looks ahead."""
        from briefpub.bootstrap.clock import foresee_of

        return foresee_of(self)

    def unapproved(self, issue: str) -> bool:
        """Say whether an issue waits until an editor approves it."""
        from briefpub.domain.schedule import Question

        waits = {Question.APPROVAL, Question.UNAPPROVED}
        open_runs = self.runs.of(open_only=True)
        return any(one.issue == issue and one.question in waits and not one.approved for one in open_runs)

    # --- people ------------------------------------------------------------------------------

    # --- people ------------------------------------------------------------------------------

    @property
    def bring_in(self) -> "BringIn":
        """Give the workflow that imports people."""
        from briefpub.workflows.bring_in import BringIn

        return BringIn(audience=self.audience, intakes=self.intakes)

    @property
    def subscribe(self) -> "Subscribe":
        """Give the workflow of a person's own answers."""
        from briefpub.bootstrap.post import letters_of, secret_of
        from briefpub.workflows.subscribe import Subscribe

        return Subscribe(
            audience=self.audience,
            consents=self.consents,
            post=letters_of(self.settings, self.root, self.transport),
            secret=secret_of(self.settings, self.root / HIDDEN),
            letterbox=self.settings.letterbox,
        )

    @property
    def erase(self) -> "Erase":
        """Give the workflow that erases a person."""
        from briefpub.outbox import forget_messages
        from briefpub.workflows.erase import Erase

        return Erase(
            people=self.people, forget=partial(forget_messages, outbox_folder(self.settings, self.root))
        )
