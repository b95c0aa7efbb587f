"""The fault table with several machines: one cut off, one killed, clocks wrong; nothing lost, nothing twice."""

import pytest
from lan import unable
from machines import a_yard, disturb, fullest
from postgres import skip_without

READERS = 1200
RATE = 50  # a second, over all machines together; a tenth of it may go at once

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def _namespaces() -> None:
    skip_without()
    if why := unable():
        pytest.skip(f"THE MACHINES ARE NOT TESTED: {why}")


@pytest.mark.parametrize("machines", [1, 2, 4])
def test_one_cut_off_and_one_killed(machines: int) -> None:
    with a_yard(machines, readers=READERS, rate=f"{RATE}/second") as yard:
        disturb(yard, machines, cut=30.0 if machines == 2 else 15.0)
        assert yard.stop() == [0] * machines
        found = yard.judged()
        assert found.broken == (), yard.story
        assert (found.lost, found.doubled, found.open) == (0, 0, 0)
        assert found.accepted + found.unknown == READERS
        assert found.unknown <= yard.disturbed * yard.group
        # The rate holds over all machines: to the last message over ten seconds. Within one second those may
        # arrive as well that were granted before, and whose commit or line was slow.
        moments = [one.at for one in yard.taken()]
        assert fullest(moments, 10.0) <= 10 * RATE
        assert fullest(moments, 1.0) <= RATE + yard.on_their_way * machines
        assert yard.newsroom.issues.of()[0].state == "published"
