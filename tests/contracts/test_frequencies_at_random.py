"""Whatever is queued, gathered, wished and left in whatever order: no article twice, and none missed."""

import datetime as dt
import pathlib
import tempfile
from collections import Counter, defaultdict

import pytest
from builders import NOW, a_list
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from stores import TODAY, postgresql, sqlite

from briefpub.domain.audience import Frequency, SubscriberRow
from briefpub.domain.consent import Answer, Asked, Changes, Wish, whole_second
from briefpub.domain.delivery import DeliveryState
from briefpub.domain.gathering import gathered
from briefpub.domain.issue import IssueState
from briefpub.store.consents import SqlConsents

PEOPLE = st.integers(0, 2)
FREQUENCIES = st.sampled_from([*Frequency])
GATHERINGS = st.sampled_from([Frequency.WEEKLY, Frequency.MONTHLY])
KINDS = [("sqlite", sqlite), ("postgresql", postgresql)]


class Machine(RuleBasedStateMachine):
    """A list, three people, and an editor who composes, queues, cancels and takes back as they please."""

    def open(self):
        raise NotImplementedError

    @initialize()
    def begin(self):
        self.cm = self.open()
        self.s = self.cm.__enter__()
        self.s.audience.declare(a_list())
        self.consents = SqlConsents(database=self.s.database)
        self.at = NOW
        self.since = {}  # of each gathering's schedule
        self.asked: Counter[str] = Counter()  # how often an article was asked for again
        self.made = 0
        self.here = set()
        self.known = set()
        self.owed = defaultdict(set)
        self.ids = {}
        for person, frequency in enumerate(Frequency):
            self.enter(person, frequency)

    def teardown(self):
        if hasattr(self, "s"):
            try:
                self.finish()
            finally:
                self.cm.__exit__(None, None, None)

    def tick(self):
        self.at += dt.timedelta(minutes=1)
        return self.at

    # --- the editor --------------------------------------------------------------------------

    @rule(count=st.integers(1, 2))
    def compose(self, count):
        articles = [f"a{self.made + each}" for each in range(count)]
        self.made += count
        self.s.issues.compose("weekly", articles, title="", date=TODAY)

    @rule(often=st.integers(1, 2))
    def publish(self, often):
        for _ in range(often):
            self.compose(1)
            self.send(self.composed()[-1])

    @rule(data=st.data())
    def ask_again(self, data):
        if self.made and data.draw(st.booleans()):
            article = f"a{data.draw(st.integers(0, self.made - 1))}"
            fresh = f"a{self.made}"
            self.made += 1
            if article in self.s.issues.taken("weekly"):
                self.asked[article] += 1
            self.s.issues.compose("weekly", [article, fresh], title="", date=TODAY, again=True)

    @rule(frequency=GATHERINGS)
    def gather(self, frequency):
        self.gathering(frequency)

    def gathering(self, frequency):
        since = self.since.setdefault(frequency, self.tick())
        made = gathered(
            self.s.issues.of("weekly"), frequency, course=self.s.audience.course("weekly"), since=since
        )
        if made is None:
            return None
        return self.s.issues.compose(
            "weekly",
            made.articles,
            title="",
            date=TODAY,
            frequency=frequency,
            through=made.through,
            again=made.again,
        )

    @rule(frequency=GATHERINGS)
    def gather_and_queue(self, frequency):
        record = self.gathering(frequency)
        if record:
            self.send(record)

    @rule(data=st.data())
    def queue(self, data):
        open_ = self.composed()
        if open_:
            self.send(data.draw(st.sampled_from(open_)))

    @rule(data=st.data())
    def withdraw(self, data):
        last = {}
        for record in self.s.issues.of("weekly"):
            last[record.frequency] = record
        free = [record for record in last.values() if record.state is IssueState.COMPOSED]
        if free:
            self.s.issues.withdraw(data.draw(st.sampled_from(free)).key)

    @rule(data=st.data())
    def cancel(self, data):
        singles = [one for one in self.s.ledger.mailings("weekly") if "-" not in one.issue]
        if singles and data.draw(st.integers(0, 3)) == 0:
            stopped = data.draw(st.sampled_from(singles))
            self.s.ledger.cancel(stopped.id, reason="x", now=self.tick())
            articles = self.s.issues.get(stopped.issue).articles
            for owed in self.owed.values():
                owed.difference_update(articles)

    def composed(self):
        found = [one for one in self.s.issues.of("weekly") if one.state is IssueState.COMPOSED]
        return sorted(found, key=lambda one: (one.frequency is Frequency.EACH, one.number))

    def send(self, record):
        self.s.issues.freeze(record.key, manifest_sha256="a" * 64, editions=())
        count = self.s.audience.confirmed("weekly", record.frequency)
        mailing = self.s.ledger.queue(record.key, now=self.tick())
        if record.frequency is Frequency.EACH:
            assert mailing.counts[DeliveryState.QUEUED] == count
            for person in self.here:
                self.owed[person].update(record.articles)
        self.s.issues.published(record.key)

    # --- the readers -------------------------------------------------------------------------

    @rule(person=PEOPLE, frequency=FREQUENCIES)
    def join(self, person, frequency):
        self.enter(person, frequency)

    def enter(self, person, frequency):
        address = f"p{person}@example.org"
        if person not in self.known:
            row = SubscriberRow(line=1, address=address, frequency=frequency)
            self.s.audience.subscribe("weekly", [row], consent="", now=self.tick())
            self.known.add(person)
            self.here.add(person)
            standing = self.consents.standing_of("weekly", address)
            assert standing
            self.ids[person] = standing.subscriber.id
        elif person not in self.here:
            self.at += dt.timedelta(hours=2)
            wish = Wish(address=address, frequency=frequency)
            asked = self.consents.request("weekly", wish, how="", now=self.tick())
            assert asked.fate is Asked.ASKED
            answer = self.consents.confirm(
                "weekly", self.ids[person], asked_at=whole_second(self.at), how="", now=self.tick()
            )
            assert answer is Answer.DONE
            self.here.add(person)

    @rule(person=PEOPLE, frequency=FREQUENCIES)
    def wish(self, person, frequency):
        if person in self.known:
            changes = Changes(frequency=frequency)
            self.consents.change("weekly", self.ids[person], changes, how="", now=self.tick())
            standing = self.consents.standing("weekly", self.ids[person])
            assert standing
            assert standing.chosen is frequency

    @rule(person=PEOPLE, back=st.booleans())
    def leave(self, person, back):
        if person in self.here:
            self.consents.unsubscribe("weekly", self.ids[person], how="", now=self.tick())
            self.here.remove(person)
            self.owed[person].clear()
            if back:
                answer = self.consents.undo("weekly", self.ids[person], how="", now=self.tick())
                assert answer is Answer.DONE
                self.here.add(person)

    @rule(person=PEOPLE, gathering=GATHERINGS, frequency=FREQUENCIES, first=st.booleans())
    def wish_while_a_gathering_waits(self, person, gathering, frequency, first):
        waiting = self.gathering(gathering)
        if first:
            self.wish(person=person, frequency=frequency)
        self.publish(often=1)
        if not first:
            self.wish(person=person, frequency=frequency)
        if waiting:
            self.send(waiting)

    # --- what holds --------------------------------------------------------------------------

    def got(self):
        brought: defaultdict[int, Counter[str]] = defaultdict(Counter)
        issues = {one.key: one.articles for one in self.s.issues.of("weekly")}
        for mailing in self.s.ledger.mailings("weekly"):
            for each in self.s.ledger.deliveries(mailing.id):
                if each.state is not DeliveryState.SKIPPED:
                    brought[each.subscriber.id].update(issues[mailing.issue])
        return brought

    @invariant()
    def no_article_comes_twice(self):
        for person, articles in (self.got() if hasattr(self, "s") else {}).items():
            for article, times in articles.items():
                assert times <= 1 + self.asked[article], (person, article, times)

    def finish(self):
        for record in self.composed():
            self.send(record)
        for frequency in (Frequency.WEEKLY, Frequency.MONTHLY, Frequency.WEEKLY):
            self.gather_and_queue(frequency)
        self.no_article_comes_twice()
        got = self.got()
        for person in self.here:
            missing = self.owed[person] - set(got[self.ids[person]])
            assert not missing, (person, missing, self.consents.standing("weekly", self.ids[person]))
        # …and who waits for a frequency gets it at its next gathering.
        self.send(self.s.issues.compose("weekly", ["last"], title="", date=TODAY))
        for frequency in (Frequency.WEEKLY, Frequency.MONTHLY, Frequency.WEEKLY):
            self.gather_and_queue(frequency)
        for person in self.here:
            standing = self.consents.standing("weekly", self.ids[person])
            assert standing
            assert standing.wants is None, standing


@pytest.mark.slow
@pytest.mark.parametrize("opener", [one for _, one in KINDS], ids=[name for name, _ in KINDS])
def test_nobody_gets_an_article_twice_or_misses_one(opener, tmp_path, empty_database):
    class Over(Machine):
        def open(self):
            return opener(pathlib.Path(tempfile.mkdtemp(dir=tmp_path)), empty_database)

    run_state_machine_as_test(
        Over,
        settings=settings(
            max_examples=100 if opener is sqlite else 15,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
