"""Serves the pages on a socket until it is told to stop (knows uvicorn)."""

import socket
from collections.abc import Callable
from threading import Thread

import uvicorn
from starlette.types import ASGIApp

from briefpub.domain.errors import ConfigError

ENDS_WITHIN = 20  # seconds for requests under way, and for the letters they asked for
LOOK_EVERY = 1.0


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


def serve(
    app: ASGIApp, on: socket.socket, *, wait: Callable[[float], None], stop: Callable[[], bool]
) -> None:
    """Serve until `stop` says so; `wait` waits so many seconds, or until then. Requests under way are ended.

    No line of a log is written for a request: its path may hold somebody's token.
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
    server = uvicorn.Server(config)
    # In a thread of its own, uvicorn leaves the signals to whoever waits for them.
    thread = Thread(target=server.run, kwargs={"sockets": [on]}, name="pages", daemon=True)
    thread.start()
    while thread.is_alive() and not stop():
        wait(LOOK_EVERY)
    server.should_exit = True
    thread.join()
