"""A small network of network namespaces, to work as several machines on one: a hub, and hosts on cables.

Nothing of it touches this machine's own network: the bridge lies in the hub's namespace, and no packet leaves.
Needs root and `ip`; `unable()` says why it cannot be had. Whatever happens, `a_lan` takes it away again.
"""

import contextlib
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

NETWORK = "10.231.77"
HUB = f"{NETWORK}.1"


def unable() -> str:
    """Say why no namespaces can be made here, or nothing."""
    if os.name != "posix" or shutil.which("ip") is None:
        return "there is no `ip` on this machine (on Debian: apt-get install iproute2)"
    if os.geteuid() != 0:
        return "network namespaces need root"
    name = f"bp-{secrets.token_hex(3)}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if made.returncode:
        return f"this machine allows no network namespaces: {made.stderr.strip()}"
    subprocess.run(["ip", "netns", "del", name], check=False)
    return ""


@dataclass(slots=True)
class Lan:
    """The hub's namespace and the hosts'; a host is known by its number."""

    tag: str
    hosts: list[int] = field(default_factory=list)

    @property
    def hub(self) -> list[str]:
        """Give the words before a command that runs in the hub."""
        return ["ip", "netns", "exec", f"{self.tag}-hub"]

    def host(self, number: int) -> list[str]:
        """Give the words before a command that runs on a host."""
        return ["ip", "netns", "exec", f"{self.tag}-{number}"]

    def add(self, number: int) -> None:
        """Make a host with a cable to the hub."""
        name, cable, plug = f"{self.tag}-{number}", f"{self.tag}c{number}", f"{self.tag}p{number}"
        _do("ip", "netns", "add", name)
        self.hosts.append(number)
        _do(*self.hub, "ip", "link", "add", cable, "type", "veth", "peer", "name", plug)
        _do(*self.hub, "ip", "link", "set", plug, "netns", name)
        _do(*self.hub, "ip", "link", "set", cable, "master", "br0", "up")
        _do(*self.host(number), "ip", "link", "set", "lo", "up")
        _do(*self.host(number), "ip", "addr", "add", f"{NETWORK}.{10 + number}/24", "dev", plug)
        _do(*self.host(number), "ip", "link", "set", plug, "up")

    def cut(self, number: int) -> None:
        """Pull a host's cable."""
        _do(*self.hub, "ip", "link", "set", f"{self.tag}c{number}", "down")

    def mend(self, number: int) -> None:
        """Plug it in again."""
        _do(*self.hub, "ip", "link", "set", f"{self.tag}c{number}", "up")


@contextlib.contextmanager
def a_lan() -> Iterator[Lan]:
    """Make a hub, and take everything away in the end; raises CalledProcessError."""
    lan = Lan(tag=f"b{secrets.token_hex(2)}")
    try:
        _do("ip", "netns", "add", f"{lan.tag}-hub")
        _do(*lan.hub, "ip", "link", "set", "lo", "up")
        _do(*lan.hub, "ip", "link", "add", "br0", "type", "bridge")
        _do(*lan.hub, "ip", "addr", "add", f"{HUB}/24", "dev", "br0")
        _do(*lan.hub, "ip", "link", "set", "br0", "up")
        yield lan
    finally:
        # With its namespaces go their cables.
        for name in [f"{lan.tag}-{number}" for number in lan.hosts] + [f"{lan.tag}-hub"]:
            subprocess.run(["ip", "netns", "del", name], capture_output=True, check=False)


def _do(*words: str) -> None:
    done: subprocess.CompletedProcess[str] = subprocess.run(
        words, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{_shown(words)}: {done.stderr.strip()}")


def _shown(words: Sequence[str]) -> str:
    return " ".join(words)
