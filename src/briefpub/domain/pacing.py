"""How many deliveries to claim at a time from a mailing whose site is mailed slowly, and how often."""

# Of a site that is mailed slowly this many are claimed all the same: those behind them may go elsewhere.
LEAST = 16


def next_room(room: int, *, asked: int, granted: int, batch: int) -> int:
    """Give how many to claim after `granted` of `asked` were granted; `room` was the last answer."""
    if granted < asked:
        return min(batch, max(LEAST, 2 * granted))
    return min(batch, 2 * room)
