"""How many messages a day a new sending address may send to one receiving site.

A receiver trusts an address that it has come to know; one that sends its whole list on the first day is
taken for a spammer's. The figures grow by 18.4 % a day, from 200 to 200,000 in 42 days, rounded down to two
digits: the curve that Ghost sends by. Every receiver gets to know us by what it sees itself, so the cap is
one per receiving site, and a smarthost that takes everything is one site.
"""

from datetime import date

# fmt: off
CAPS = (
    200, 230, 280, 330, 390, 460, 540,
    650, 760, 910, 1_000, 1_200, 1_500, 1_700,
    2_100, 2_500, 2_900, 3_500, 4_100, 4_900, 5_800,
    6_800, 8_100, 9_600, 11_000, 13_000, 15_000, 18_000,
    22_000, 26_000, 31_000, 37_000, 43_000, 51_000, 61_000,
    72_000, 86_000, 100_000, 120_000, 140_000, 160_000, 200_000,
)
# fmt: on


def warm_up_cap(first_day: date, today: date) -> int | None:
    """Give the most messages of `today` when the first went out on `first_day`; None once it is known.

    A day before the first counts as the first: a clock that was set wrong opens nothing.
    """
    day = max(0, (today - first_day).days)
    return CAPS[day] if day < len(CAPS) else None
