"""Serves pages on a socket until it is told to stop (knows uvicorn)."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread

import uvicorn
from starlette.types import ASGIApp

from briefpub.domain.errors import ConfigError

ENDS_WITHIN = 20  # seconds for requests under way, and for the letters they asked for
LOOK_EVERY = 1.0
GOODBYE = 1.0


def listening(host: str, port: int) -> socket.socket:
    """Take a port; 0 takes any that is free. Raises ConfigError where it cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except (OSError, OverflowError) as error:
        told = error.strerror if isinstance(error, OSError) else str(error)
        raise ConfigError(
            f"the address cannot be served: {told or error}".lower(),
            where=f"{host}:{port}",
            hint="name another with --host and --port, or end the program that serves there",
        ) from error


def place_of(on: socket.socket) -> str:
    """Give where a socket can be reached, as http has it: `http://127.0.0.1:8025`."""
    name, number = on.getsockname()[:2]
    return f"http://[{name}]:{number}" if ":" in name else f"http://{name}:{number}"


def serve(
    app: ASGIApp, on: socket.socket, *, wait: Callable[[float], None], stop: Callable[[], bool]
) -> None:
    """Serve until `stop` says so; `wait` waits so many seconds, or until then."""
    with serving(app, on, name="pages", stop=stop) as alive:
        while alive() and not stop():
            wait(LOOK_EVERY)


@contextmanager
def serving(
    app: ASGIApp, on: socket.socket, *, name: str, stop: Callable[[], bool]
) -> Iterator[Callable[[], bool]]:
    """Serve in a thread of its own until `stop` says so or the block ends; requests under way are ended.

    Gives what says whether it still serves. No line of a log is written for a request: its path may hold
    somebody's token.
    """
    config = uvicorn.Config(
        app,
        http="h11",
        ws="none",
        loop="asyncio",
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        proxy_headers=False,  # uvicorn would believe what the caller wrote: `clients` reads it with more care
        timeout_graceful_shutdown=ENDS_WITHIN,
    )
    server = _Server(config, stop)
    # In a thread of its own, uvicorn leaves the signals to whoever waits for them.
    thread = Thread(target=server.run, kwargs={"sockets": [on]}, name=name, daemon=True)
    thread.start()
    patience: float | None = None
    try:
        yield thread.is_alive
    except BaseException:
        # Somebody wants to be away at once, or is on the way out with an error: nobody is waited for.
        patience = GOODBYE
        raise
    finally:
        server.should_exit = True
        thread.join(patience)


class _Server(uvicorn.Server):
    """Begins to end as soon as somebody asks, while whoever started it may still be busy."""

    def __init__(self, config: uvicorn.Config, stop: Callable[[], bool]) -> None:
        super().__init__(config)
        self._stop = stop

    async def on_tick(self, counter: int) -> bool:
        """Look each tenth of a second."""
        if self._stop():
            self.should_exit = True
        return await super().on_tick(counter)
