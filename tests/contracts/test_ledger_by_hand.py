"""One suite for what a person does to a mailing: pause, resume, cancel, retry, resolve, and its tail."""

import pytest
from builders import NOW
from stores import (
    MINUTE,
    Store,
    attempt,
    claim,
    counts,
    hand,
    queued,
    queued_elsewhere,
    settle,
    state,
)

from briefpub.domain.audience import InDoubt
from briefpub.domain.delivery import DeliveryState, MailingState
from briefpub.domain.errors import Conflict
from briefpub.domain.replies import Outcome


class TestPause:
    def test_a_paused_mailing_gives_and_hands_over_nothing(self, store: Store) -> None:
        mailing = queued(store, 4)
        one, two = claim(store, mailing, most=2)
        hand(store, [one.id])
        paused = store.ledger.pause(mailing, reason="too many failed", now=NOW)
        assert (paused.state, paused.reason) == (MailingState.PAUSED, "too many failed")
        assert paused == store.ledger.mailing("weekly/001")
        assert claim(store, mailing) == ()
        assert hand(store, [two.id]) == frozenset()
        settle(store, [one], attempt(Outcome.ACCEPTED))
        store.ledger.release([two.id], owner="me")
        assert counts(store) == {"accepted": 1, "queued": 3}
        assert state(store) is MailingState.PAUSED

    def test_the_first_reason_stays(self, store: Store) -> None:
        mailing = queued(store, 1)
        store.ledger.pause(mailing, reason="first", now=NOW)
        assert store.ledger.pause(mailing, reason="second", now=NOW).reason == "first"

    def test_resuming_forgives_and_makes_due(self, store: Store) -> None:
        mailing = queued(store, 3)
        settle(
            store,
            claim(store, mailing),
            attempt(Outcome.FAILED),
            attempt(Outcome.DEFERRED),
            attempt(Outcome.DEFERRED),
        )
        store.ledger.pause(mailing, reason="why", now=NOW)
        resumed = store.ledger.resume(mailing, now=NOW + MINUTE)
        assert (resumed.state, resumed.reason, resumed.forgiven) == (MailingState.SENDING, "", 1)
        assert store.ledger.next_due(mailing, now=NOW) == NOW + MINUTE
        assert len(claim(store, mailing, at=NOW + MINUTE)) == 2

    def test_resuming_what_waits_for_its_site_makes_it_due(self, store: Store) -> None:
        mailing = queued(store, 1)
        settle(store, claim(store, mailing), attempt(Outcome.DEFERRED))
        before = store.ledger.mailing("weekly/001")
        assert claim(store, mailing) == ()
        assert store.ledger.resume(mailing, now=NOW) == before
        assert len(claim(store, mailing)) == 1

    def test_one_that_has_ended_stays_as_it_is(self, store: Store) -> None:
        mailing = queued(store, 1)
        settle(store, claim(store, mailing), attempt(Outcome.ACCEPTED))
        for step in (store.ledger.pause, store.ledger.cancel):
            assert step(mailing, reason="why", now=NOW).state is MailingState.DONE

    def test_a_paused_mailing_whose_last_deliveries_end_is_done(self, store: Store) -> None:
        mailing = queued(store, 1)
        claimed = claim(store, mailing)
        hand(store, [claimed[0].id])
        store.ledger.pause(mailing, reason="why", now=NOW)
        settle(store, claimed, attempt(Outcome.ACCEPTED))
        done = store.ledger.mailing("weekly/001")
        assert done is not None
        assert (done.state, done.reason) == (MailingState.DONE, "")


class TestCancel:
    def test_skips_what_has_not_been_handed_over(self, store: Store) -> None:
        mailing = queued(store, 4)
        one, two, three = claim(store, mailing, most=3)
        hand(store, [one.id, two.id])
        cancelled = store.ledger.cancel(mailing, reason="a wrong date", now=NOW)
        assert (cancelled.state, cancelled.reason) == (MailingState.CANCELLED, "a wrong date")
        assert counts(store) == {"handed": 2, "skipped": 2}
        assert hand(store, [three.id]) == frozenset()
        settle(store, [one, two], attempt(Outcome.ACCEPTED), attempt(Outcome.DEFERRED))
        assert counts(store) == {"accepted": 1, "skipped": 3}  # what is deferred is not tried again
        assert store.ledger.mailings()[0].reason == "a wrong date"
        assert claim(store, mailing) == ()
        assert store.ledger.cancel(mailing, reason="again", now=NOW).reason == "a wrong date"

    def test_a_paused_one_can_be_cancelled(self, store: Store) -> None:
        mailing = queued(store, 1)
        store.ledger.pause(mailing, reason="why", now=NOW)
        assert store.ledger.cancel(mailing, reason="why not", now=NOW).state is MailingState.CANCELLED
        assert counts(store) == {"skipped": 1}

    @pytest.mark.parametrize("in_doubt", [InDoubt.HOLD, InDoubt.RESEND])
    def test_what_was_on_its_way_is_not_sent_again(self, store: Store, in_doubt: InDoubt) -> None:
        mailing = queued(store, 2)
        hand(store, [one.id for one in claim(store, mailing)])
        store.ledger.cancel(mailing, reason="", now=NOW)
        recovered = store.ledger.recover(mailing, in_doubt=in_doubt, now=NOW)
        assert recovered.state is MailingState.CANCELLED
        assert counts(store) == {"unknown": 2}
        with pytest.raises(Conflict):
            store.ledger.resolve(mailing, to=DeliveryState.QUEUED, now=NOW)
        with pytest.raises(Conflict):
            store.ledger.retry(mailing, now=NOW)
        assert store.ledger.resolve(mailing, to=DeliveryState.FAILED, now=NOW) == 2
        assert counts(store) == {"failed": 2}


class TestRetry:
    def test_queues_what_failed_and_nothing_else(self, store: Store) -> None:
        mailing = queued(store, 3)
        settle(
            store,
            claim(store, mailing),
            attempt(Outcome.FAILED),
            attempt(Outcome.ACCEPTED),
            attempt(Outcome.UNKNOWN),
        )
        assert state(store) is MailingState.DONE
        assert store.ledger.retry(mailing, now=NOW + MINUTE) == 1
        assert counts(store) == {"queued": 1, "accepted": 1, "unknown": 1}
        assert state(store) is MailingState.SENDING
        assert store.ledger.retry(mailing, now=NOW + MINUTE) == 0
        (again,) = claim(store, mailing, at=NOW + MINUTE)
        assert again.attempts == 0

    def test_a_paused_mailing_stays_paused(self, store: Store) -> None:
        mailing = queued(store, 2)
        claimed = claim(store, mailing)
        settle(store, claimed[:1], attempt(Outcome.FAILED))
        store.ledger.pause(mailing, reason="why", now=NOW)
        assert store.ledger.retry(mailing, now=NOW) == 1
        assert state(store) is MailingState.PAUSED


class TestResolve:
    def doubted(self, store: Store, count: int) -> int:
        mailing = queued(store, count)
        claimed = claim(store, mailing)
        settle(store, claimed, attempt(Outcome.UNKNOWN))
        return mailing

    @pytest.mark.parametrize("to", [DeliveryState.QUEUED, DeliveryState.ACCEPTED, DeliveryState.FAILED])
    def test_settles_what_is_unknown(self, store: Store, to: DeliveryState) -> None:
        mailing = self.doubted(store, 3)
        ids = [one.message_id for one in store.ledger.deliveries(mailing)]
        one = ["READER0001@example.org", "stranger@example.org"]
        assert store.ledger.resolve(mailing, to=to, addresses=one, now=NOW) == 1
        assert counts(store) == {"unknown": 2, to.value: 1}
        assert store.ledger.resolve(mailing, to=to, addresses=[], now=NOW) == 0
        assert store.ledger.resolve(mailing, to=to, now=NOW) == 2
        assert counts(store) == {to.value: 3}
        assert [one.message_id for one in store.ledger.deliveries(mailing)] == ids
        assert len(claim(store, mailing)) == (3 if to is DeliveryState.QUEUED else 0)

    def test_nothing_else_can_come_of_it(self, store: Store) -> None:
        with pytest.raises(Conflict):
            store.ledger.resolve(self.doubted(store, 1), to=DeliveryState.SKIPPED, now=NOW)


class TestEvents:
    def test_tells_attempts_in_their_order(self, store: Store) -> None:
        assert store.ledger.events() == store.ledger.events(after=-1) == ()
        mailing, other = queued(store, 3), queued_elsewhere(store, 1)
        made = [attempt(Outcome.ACCEPTED), attempt(Outcome.DEFERRED), attempt(Outcome.FAILED)]
        settle(store, claim(store, mailing), *made)
        settle(store, claim(store, other), attempt(Outcome.ACCEPTED))
        told = store.ledger.events()
        assert [one.attempt for one in told] == [*made, attempt(Outcome.ACCEPTED)]
        assert [one.issue for one in told] == ["weekly/001"] * 3 + ["annual/001"]
        assert told[0].address == "reader0000@example.org"
        numbers = [one.number for one in told]
        assert numbers == sorted(set(numbers))
        assert store.ledger.events(after=told[1].number) == told[2:]
        assert store.ledger.events(mailing=mailing, most=2) == told[:2]
        assert store.ledger.events(after=-1) == told[-1:]
        assert store.ledger.events(after=-1, mailing=mailing) == told[2:3]
        assert store.ledger.events(after=told[-1].number) == ()
