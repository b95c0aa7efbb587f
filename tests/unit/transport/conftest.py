"""The test sink mended where it loses what comes with a TLS handshake; goes when the sink is."""

from unittest.mock import Mock

import pytest
import sink_session


@pytest.fixture(autouse=True)
def whole_handshakes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what comes right behind the handshake: the sink forgets its buffer only after it, and so loses it."""
    shake = sink_session.Session._shake_hands

    class Kept(bytearray):
        def clear(self) -> None:
            """What was said in the clear is gone already; what is here came behind TLS."""

    async def shaken(session: sink_session.Session) -> None:
        session._buffer = Kept()
        await shake(session)

    monkeypatch.setattr(sink_session.Session, "_shake_hands", shaken)
    # A session whose TLS never stood has no transport to end.
    monkeypatch.setattr(sink_session.Session, "transport", Mock(), raising=False)
