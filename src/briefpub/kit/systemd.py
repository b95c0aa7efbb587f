"""Tells systemd how a service is, by the protocol of sd_notify(3); where nobody listens it does nothing."""

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

PATIENCE = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Systemd:
    """The socket a supervisor listens on, and within how many seconds it wants to hear that all is well."""

    address: str = ""
    watchdog: float | None = None

    def ready(self, status: str) -> bool:
        """Say that the service has begun its work, and with what."""
        return self._tell("READY=1", _status(status))

    def status(self, text: str) -> bool:
        """Say in one line what is going on."""
        return self._tell(_status(text))

    def alive(self) -> bool:
        """Say that all is well; not saying so within the watchdog's time ends in a restart."""
        return self._tell("WATCHDOG=1")

    def stopping(self) -> bool:
        """Say that the service is about to end."""
        return self._tell("STOPPING=1")

    def _tell(self, *lines: str) -> bool:
        """Send one datagram; False where nobody listens, or whoever does cannot be reached."""
        if not self.address:
            return False
        # systemd writes the NUL of an abstract name as @.
        address = f"\0{self.address[1:]}" if self.address.startswith("@") else self.address
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
                line.settimeout(PATIENCE)
                line.sendto("\n".join(lines).encode("utf-8", "replace"), address)
        except OSError:
            return False
        return True


def systemd(environment: Mapping[str, str] = os.environ, *, process: int | None = None) -> Systemd:
    """Give what was put into the environment of this process, if it was meant for this one."""
    address = environment.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return Systemd()
    usec = environment.get("WATCHDOG_USEC", "")
    theirs = environment.get("WATCHDOG_PID", "")
    for_us = not theirs or theirs == str(process or os.getpid())
    watchdog = int(usec) / 1e6 if usec.isdecimal() and int(usec) and for_us else None
    return Systemd(address=address, watchdog=watchdog)


def _status(text: str) -> str:
    # A line break would begin another word of the protocol.
    return f"STATUS={' '.join(text.split())}"
