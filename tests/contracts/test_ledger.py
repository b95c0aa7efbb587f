"""One suite for the ledger's way of a delivery: the fake, SQLite and PostgreSQL."""

import datetime as dt

import pytest
from builders import NOW, a_list, subscribers
from stores import (
    MINUTE,
    Store,
    attempt,
    claim,
    composed,
    counts,
    frozen,
    hand,
    queued,
    queued_elsewhere,
    settle,
    state,
)

from briefpub.domain.audience import InDoubt, SubscriberRow, SubscriptionFormat, SubscriptionState
from briefpub.domain.delivery import MOST_ATTEMPTS, DeliveryState, MailingState
from briefpub.domain.errors import Conflict
from briefpub.domain.replies import Outcome

HARD = "550 5.1.1 no such user here"


class TestQueue:
    def test_queues_every_confirmed_subscriber_once(self, store: Store) -> None:
        rows = subscribers(4, briefs=1)
        store.audience.subscribe("weekly", tuple(reversed(rows)), consent="", now=NOW)
        store.audience.unsubscribe("weekly", rows[1].address, now=NOW)
        store.audience.suppress(rows[2].address, reason="bounced", now=NOW)
        key = frozen(store, sha256="0123456789" * 6 + "abcd").key
        mailing = store.ledger.queue(key, now=NOW)
        store.audience.subscribe(
            "weekly", [SubscriberRow(line=9, address="late@example.org")], consent="", now=NOW
        )
        assert store.ledger.queue(key, now=NOW + MINUTE) == mailing == store.ledger.mailing(key)
        assert (mailing.list, mailing.issue, mailing.state, mailing.left) == (
            "weekly",
            key,
            MailingState.QUEUED,
            2,
        )
        first, last = store.ledger.deliveries(mailing.id)
        assert [first.subscriber.address, last.subscriber.address] == [rows[0].address, rows[3].address]
        assert (first.format, last.format) == (SubscriptionFormat.DIGEST_AND_BRIEF, SubscriptionFormat.DIGEST)
        assert first.message_id == f"<weekly.001.{first.subscriber.id}.01234567@example.org>"
        assert counts(store) == {"queued": 2}

    def test_a_delivery_knows_its_site_and_its_device(self, store: Store) -> None:
        row = SubscriberRow(
            line=2,
            address="ana@Reader.Example",
            format=SubscriptionFormat.COMPILATION,
            device="ana@device.example",
        )
        store.audience.subscribe("weekly", [row], consent="", now=NOW)
        mailing = store.ledger.queue(frozen(store).key, now=NOW)
        (listed,) = store.ledger.deliveries(mailing.id)
        (claimed,) = claim(store, mailing.id)
        for one in (listed, claimed):
            assert (one.site, one.device, one.recipient) == (
                "device.example",
                "ana@device.example",
                "ana@device.example",
            )
        assert next(store.audience.subscriptions("weekly")).device == "ana@device.example"

    def test_a_mailing_to_nobody_is_done(self, store: Store) -> None:
        mailing = store.ledger.queue(frozen(store).key, now=NOW)
        assert (mailing.state, mailing.left) == (MailingState.DONE, 0)

    def test_only_a_frozen_issue_is_mailed(self, store: Store) -> None:
        with pytest.raises(Conflict):
            store.ledger.queue(composed(store).key, now=NOW)
        with pytest.raises(Conflict):
            store.ledger.queue("weekly/007", now=NOW)
        assert store.ledger.mailing("weekly/001") is None
        assert store.ledger.mailings() == ()

    def test_mailings_come_oldest_first(self, store: Store) -> None:
        store.audience.declare(a_list("annual"))
        first = store.ledger.queue(frozen(store).key, now=NOW)
        second = store.ledger.queue(frozen(store, list="annual").key, now=NOW)
        assert store.ledger.mailings() == (first, second)
        assert store.ledger.mailings("annual") == (second,)


class TestClaim:
    def test_leases_a_delivery_to_one_owner_only(self, store: Store) -> None:
        mailing = queued(store, 3)
        mine = claim(store, mailing, most=2)
        theirs = claim(store, mailing, owner="they")
        assert [one.id for one in (*mine, *theirs)] == sorted(
            one.id for one in store.ledger.deliveries(mailing)
        )
        assert claim(store, mailing) == ()
        assert {one.state for one in mine} == {DeliveryState.CLAIMED}
        assert sorted(mine + theirs, key=lambda one: one.id) == sorted(
            store.ledger.deliveries(mailing), key=lambda one: one.id
        )
        assert state(store) is MailingState.SENDING
        assert counts(store) == {"claimed": 3}

    def test_an_unknown_mailing_gives_nothing(self, store: Store) -> None:
        assert claim(store, 4711) == ()

    def test_closed_sites_are_passed_over(self, store: Store) -> None:
        rows = [
            SubscriberRow(line=n, address=f"a{n}@{'slow' if n % 3 else 'quick'}.example") for n in range(9)
        ]
        store.audience.subscribe("weekly", rows, consent="", now=NOW)
        mailing = store.ledger.queue(frozen(store).key, now=NOW).id
        shut = {"slow.example", 'odd"name', "другой.example"}
        assert [one.site for one in claim(store, mailing, closed=shut)] == ["quick.example"] * 3
        assert claim(store, mailing, closed=shut) == ()
        assert counts(store) == {"claimed": 3, "queued": 6}
        assert len(claim(store, mailing, closed={"other.example"})) == 6

    def test_those_who_left_since_are_skipped_at_once(self, store: Store) -> None:
        mailing = queued(store, 5)
        store.audience.unsubscribe("weekly", "reader0000@example.org", now=NOW)
        store.audience.suppress("reader0001@example.org", reason="complained", now=NOW)
        assert counts(store) == {"skipped": 2, "queued": 3}
        claimed = claim(store, mailing, most=2)
        assert [one.subscriber.address[:10] for one in claimed] == ["reader0002", "reader0003"]
        assert counts(store) == {"skipped": 2, "claimed": 2, "queued": 1}

    def test_leaving_one_list_skips_nothing_of_another(self, store: Store) -> None:
        queued(store, 2)
        queued_elsewhere(store, 2)
        store.audience.unsubscribe("weekly", "reader0000@example.org", now=NOW)
        assert (counts(store), counts(store, "annual/001")) == ({"skipped": 1, "queued": 1}, {"queued": 2})
        store.audience.suppress("reader0001@example.org", reason="asked", now=NOW)
        assert counts(store) == {"skipped": 2}
        assert counts(store, "annual/001") == {"skipped": 1, "queued": 1}

    def test_a_mailing_whose_last_subscribers_left_is_done(self, store: Store) -> None:
        mailing = queued(store, 1)
        store.audience.unsubscribe("weekly", "reader0000@example.org", now=NOW)
        assert claim(store, mailing) == ()
        assert counts(store) == {"skipped": 1}
        assert state(store) is MailingState.DONE

    def test_expired_leases_are_taken_back(self, store: Store) -> None:
        mailing = queued(store, 2)
        one, two = claim(store, mailing)
        hand(store, [one.id])
        assert [again.id for again in claim(store, mailing, owner="they", at=NOW + 5 * MINUTE)] == [two.id]
        assert counts(store) == {"handed": 1, "claimed": 1}  # what is handed is leased for longer
        claim(store, mailing, owner="they", at=NOW + 20 * MINUTE)
        assert counts(store) == {"unknown": 1, "claimed": 1}
        settle(store, [one], attempt(Outcome.ACCEPTED))  # a late reply is knowledge
        assert counts(store) == {"accepted": 1, "claimed": 1}

    def test_leases_run_out_in_a_paused_mailing_too(self, store: Store) -> None:
        mailing = queued(store, 2)
        one, _ = claim(store, mailing)
        hand(store, [one.id])
        store.ledger.pause(mailing, reason="", now=NOW)
        assert claim(store, mailing, at=NOW + 20 * MINUTE) == ()
        assert counts(store) == {"unknown": 1, "queued": 1}

    def test_releases_what_was_not_tried(self, store: Store) -> None:
        mailing = queued(store, 4)
        one, two, three, four = claim(store, mailing)
        hand(store, [one.id])
        store.ledger.release([two.id], owner="they")
        store.ledger.release([one.id, two.id, three.id], owner="me")
        store.ledger.release([four.id], owner="me", not_before=NOW + MINUTE)
        assert counts(store) == {"handed": 1, "queued": 3}
        assert [again.id for again in claim(store, mailing)] == [two.id, three.id]
        assert store.ledger.next_due(mailing, now=NOW) == NOW + MINUTE
        assert [again.id for again in claim(store, mailing, at=NOW + MINUTE)] == [four.id]
        assert store.ledger.next_due(mailing, now=NOW) is None

    def test_what_is_due_already_is_due_now(self, store: Store) -> None:
        mailing = queued(store, 1)
        assert store.ledger.next_due(mailing, now=NOW + MINUTE) == NOW + MINUTE


class TestRecord:
    def test_hands_only_what_is_still_leased(self, store: Store) -> None:
        mailing = queued(store, 3)
        one, two, three = claim(store, mailing)
        assert hand(store, [one.id], owner="they") == frozenset()
        assert hand(store, [one.id]) == {one.id}
        assert hand(store, [one.id]) == frozenset()
        assert hand(store, [two.id], at=NOW + 5 * MINUTE) == frozenset()
        store.audience.unsubscribe("weekly", three.subscriber.address, now=NOW)
        assert hand(store, [two.id, three.id, 4711]) == {two.id}
        assert counts(store) == {"handed": 2, "skipped": 1}

    def test_hands_the_next_group_as_it_settles_the_last(self, store: Store) -> None:
        mailing = queued(store, 3)
        one, two, three = claim(store, mailing)
        hand(store, [one.id])
        made = attempt(Outcome.ACCEPTED)
        granted = store.ledger.record(
            owner="me",
            handed=[two.id, three.id],
            ended=[(one.after(made), made)],
            lease_until=NOW + MINUTE,
            now=NOW,
        )
        assert granted == {two.id, three.id}
        assert counts(store) == {"accepted": 1, "handed": 2}
        claim(store, mailing, at=NOW + MINUTE)
        assert counts(store) == {"accepted": 1, "unknown": 2}

    def test_one_group_may_hold_two_mailings(self, store: Store) -> None:
        weekly, annual = queued(store, 2), queued_elsewhere(store, 2)
        both = [*claim(store, weekly), *claim(store, annual)]
        assert len(hand(store, [one.id for one in both])) == 4
        settle(store, both, attempt(Outcome.ACCEPTED))
        assert counts(store) == counts(store, "annual/001") == {"accepted": 2}
        assert (state(store), state(store, "annual/001")) == (MailingState.DONE, MailingState.DONE)

    def test_settles_each_outcome(self, store: Store) -> None:
        mailing = queued(store, 4)
        claimed = claim(store, mailing)
        ids = [one.id for one in claimed]
        hand(store, ids)
        made = [
            attempt(outcome)
            for outcome in (Outcome.ACCEPTED, Outcome.FAILED, Outcome.UNKNOWN, Outcome.DEFERRED)
        ]
        after = settle(store, claimed, *made)
        assert counts(store) == {"accepted": 1, "failed": 1, "unknown": 1, "queued": 1}
        assert list(store.ledger.deliveries(mailing)) == after
        waiting = frozenset({DeliveryState.UNKNOWN, DeliveryState.QUEUED})
        assert list(store.ledger.deliveries(mailing, states=waiting)) == after[2:]
        assert list(store.ledger.deliveries(mailing, states=frozenset())) == []
        assert state(store) is MailingState.SENDING
        due = after[3].not_before
        assert due is not None
        assert store.ledger.next_due(mailing, now=NOW) == due
        assert claim(store, mailing, at=due - MINUTE) == ()
        (again,) = claim(store, mailing, at=due)
        assert (again.id, again.attempts, again.reply) == (ids[3], 1, "451 4.3.0 later")

    def test_settling_twice_is_the_same_as_once(self, store: Store) -> None:
        mailing = queued(store, 1)
        claimed = claim(store, mailing)
        hand(store, [one.id for one in claimed])
        for _ in range(2):
            settle(store, claimed, attempt(Outcome.ACCEPTED))
        assert counts(store) == {"accepted": 1}
        assert next(store.ledger.deliveries(mailing)).attempts == 1
        assert len(store.ledger.events()) == 1
        assert state(store) is MailingState.DONE

    def test_recording_nothing_does_nothing(self, store: Store) -> None:
        queued(store, 1)
        store.ledger.release([], owner="me")
        assert hand(store, []) == frozenset()
        assert counts(store) == {"queued": 1}

    def test_who_lost_the_lease_settles_nothing_but_the_attempt_is_told(self, store: Store) -> None:
        mailing = queued(store, 1)
        mine = claim(store, mailing)
        theirs = claim(store, mailing, owner="they", at=NOW + 6 * MINUTE)
        assert [one.id for one in theirs] == [one.id for one in mine]
        settle(store, mine, attempt(Outcome.DEFERRED))
        assert counts(store) == {"claimed": 1}
        assert hand(store, [mine[0].id], at=NOW + 6 * MINUTE) == frozenset()
        assert len(store.ledger.events()) == 1

    def test_deferrals_end_in_failure(self, store: Store) -> None:
        mailing = queued(store, 1)
        at = NOW
        for _ in range(MOST_ATTEMPTS):
            settle(store, claim(store, mailing, at=at), attempt(Outcome.DEFERRED, at=at))
            at += dt.timedelta(hours=5)
        assert counts(store) == {"failed": 1}
        assert state(store) is MailingState.DONE
        assert store.audience.confirmed("weekly") == 1

    @pytest.mark.parametrize("reply", ["", "250 «ok» ☃", "a\0b", "half \udcff", '"quoted" \\ %s %(x)s :y ?'])
    def test_any_words_of_a_server_can_be_kept(self, store: Store, reply: str) -> None:
        mailing = queued(store, 1)
        settle(store, claim(store, mailing), attempt(Outcome.FAILED, reply=reply))
        assert counts(store) == {"failed": 1}

    def test_a_large_mailing_is_drained_in_order(self, store: Store) -> None:
        mailing = queued(store, 1_200)
        seen: list[str] = []
        while claimed := claim(store, mailing, most=500):
            assert len(hand(store, [one.id for one in claimed])) == len(claimed)
            settle(store, claimed, attempt(Outcome.ACCEPTED))
            seen += [one.subscriber.address for one in claimed]
        assert seen == [row.address for row in subscribers(1_200)]
        assert counts(store) == {"accepted": 1_200}


class TestBounces:
    def standing(self, store: Store) -> list[SubscriptionState]:
        return [one.state for one in store.audience.subscriptions("weekly")]

    def test_an_address_refused_for_ever_is_not_mailed_again(self, store: Store) -> None:
        mailing = queued(store, 3)
        settle(
            store,
            claim(store, mailing),
            attempt(Outcome.FAILED, reply=HARD),
            attempt(Outcome.FAILED),  # the message is refused: no fault of the address
            attempt(Outcome.ACCEPTED),
        )
        assert self.standing(store) == [
            SubscriptionState.BOUNCED,
            SubscriptionState.CONFIRMED,
            SubscriptionState.CONFIRMED,
        ]
        assert counts(store) == {"failed": 2, "accepted": 1}

    def test_who_left_meanwhile_stays_unsubscribed(self, store: Store) -> None:
        mailing = queued(store, 1)
        claimed = claim(store, mailing)
        hand(store, [claimed[0].id])
        store.audience.unsubscribe("weekly", claimed[0].subscriber.address, now=NOW)
        settle(store, claimed, attempt(Outcome.FAILED, reply=HARD))
        assert self.standing(store) == [SubscriptionState.UNSUBSCRIBED]
        assert counts(store) == {"failed": 1}

    def test_a_retry_confirms_those_again_whom_this_mailing_ended(self, store: Store) -> None:
        mailing = queued(store, 2)
        other = queued_elsewhere(store, 2)
        refused = attempt(Outcome.FAILED, reply=HARD)
        settle(store, claim(store, mailing), refused)
        settle(store, claim(store, other), refused)
        store.audience.unsubscribe("weekly", "reader0001@example.org", now=NOW)
        assert self.standing(store) == [SubscriptionState.BOUNCED, SubscriptionState.BOUNCED]
        assert store.ledger.retry(mailing, now=NOW + MINUTE) == 2
        assert self.standing(store) == [SubscriptionState.CONFIRMED, SubscriptionState.CONFIRMED]
        assert store.audience.confirmed("annual") == 0
        assert state(store) is MailingState.SENDING
        again = claim(store, mailing, at=NOW + MINUTE)
        assert [(one.attempts, one.state) for one in again] == [(0, DeliveryState.CLAIMED)] * 2

    def test_a_retry_leaves_off_whom_something_else_ended(self, store: Store) -> None:
        mailing = queued(store, 1)
        settle(store, claim(store, mailing), attempt(Outcome.FAILED))
        other = queued_elsewhere(store, 1)
        settle(store, claim(store, other), attempt(Outcome.FAILED, at=NOW + MINUTE, reply=HARD))
        assert store.ledger.retry(mailing, now=NOW + MINUTE) == 1
        assert store.audience.confirmed("annual") == 0


class TestRecovery:
    @pytest.mark.parametrize(
        ("in_doubt", "left"),
        [
            (InDoubt.HOLD, {"unknown": 2, "queued": 1}),
            (InDoubt.RESEND, {"queued": 3}),
            (InDoubt.ASSUME_SENT, {"accepted": 2, "queued": 1}),
        ],
    )
    def test_recovers_what_a_dead_process_held(
        self, store: Store, in_doubt: InDoubt, left: dict[str, int]
    ) -> None:
        mailing = queued(store, 3)
        (first,) = claim(store, mailing, most=1)
        hand(store, [first.id])
        later = NOW + 20 * MINUTE
        (second, _) = claim(store, mailing, at=later)  # `first` becomes unknown by its lease
        hand(store, [second.id], at=later)
        recovered = store.ledger.recover(mailing, in_doubt=in_doubt, now=later + MINUTE)
        assert counts(store) == left
        assert recovered == store.ledger.mailing("weekly/001")
        assert len(claim(store, mailing, at=later + MINUTE)) == left["queued"]

    @pytest.mark.parametrize(
        ("in_doubt", "left"),
        [
            (InDoubt.HOLD, {"unknown": 2, "queued": 1, "claimed": 1, "handed": 1}),
            (InDoubt.RESEND, {"queued": 3, "claimed": 1, "handed": 1}),
            (InDoubt.ASSUME_SENT, {"accepted": 2, "queued": 1, "claimed": 1, "handed": 1}),
        ],
    )
    def test_what_lapsed_is_taken_back_and_nothing_else(
        self, store: Store, in_doubt: InDoubt, left: dict[str, int]
    ) -> None:
        mailing = queued(store, 5)
        (first,) = claim(store, mailing, most=1)
        hand(store, [first.id])
        later = NOW + 20 * MINUTE
        claim(store, mailing, most=1, at=later)  # `first` becomes unknown by its lease
        (second,) = claim(store, mailing, most=1, at=later)
        hand(store, [second.id], at=later)
        alive = later + 30 * MINUTE
        (third, _) = claim(store, mailing, owner="alive", most=2, at=alive)
        hand(store, [third.id], owner="alive", at=alive)
        lapsed = store.ledger.lapse(mailing, in_doubt=in_doubt, now=alive)
        assert counts(store) == left
        assert lapsed == store.ledger.mailing("weekly/001")
        # Whoever is alive goes on.
        settle(store, [third], attempt(Outcome.ACCEPTED, at=alive + MINUTE), owner="alive")
        assert store.ledger.lapse(mailing, in_doubt=InDoubt.HOLD, now=alive) == store.ledger.mailing(
            "weekly/001"
        )

    def test_what_lapsed_of_a_cancelled_mailing_is_not_sent_again(self, store: Store) -> None:
        mailing = queued(store, 1)
        hand(store, [one.id for one in claim(store, mailing)])
        store.ledger.cancel(mailing, reason="", now=NOW)
        store.ledger.lapse(mailing, in_doubt=InDoubt.RESEND, now=NOW + 21 * MINUTE)
        assert counts(store) == {"unknown": 1}

    def test_a_settled_unknown_is_never_sent_again_by_itself(self, store: Store) -> None:
        mailing = queued(store, 1)
        claimed = claim(store, mailing)
        hand(store, [one.id for one in claimed])
        settle(store, claimed, attempt(Outcome.UNKNOWN))
        assert state(store) is MailingState.DONE
        store.ledger.recover(mailing, in_doubt=InDoubt.RESEND, now=NOW)
        assert counts(store) == {"unknown": 1}

    def test_what_is_held_may_still_be_sent_again_when_the_policy_changes(self, store: Store) -> None:
        mailing = queued(store, 1)
        hand(store, [one.id for one in claim(store, mailing)])
        store.ledger.recover(mailing, in_doubt=InDoubt.HOLD, now=NOW)
        assert (counts(store), state(store)) == ({"unknown": 1}, MailingState.DONE)
        recovered = store.ledger.recover(mailing, in_doubt=InDoubt.RESEND, now=NOW)
        assert (counts(store), recovered.state) == ({"queued": 1}, MailingState.SENDING)

    def test_nothing_to_recover_changes_nothing(self, store: Store) -> None:
        mailing = queued(store, 1)
        assert store.ledger.recover(mailing, in_doubt=InDoubt.HOLD, now=NOW).state is MailingState.QUEUED
