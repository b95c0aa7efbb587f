"""A name server on the loopback, over UDP and TCP, that answers from a small zone and can be told to fail."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


@dataclass
class Nameserver:
    """Where it listens, what it knows, and what it was asked."""

    port: int
    zone: dict[tuple[str, str], list[str]]
    broken: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    long: set[str] = field(default_factory=set)
    ill: bool = False
    asked: list[tuple[str, str]] = field(default_factory=list)

    host = "127.0.0.1"

    def put(self, name: str, kind: str, *values: str) -> None:
        """Publish records; TXT values as they read, cut into strings of 255 here."""
        if kind == "TXT":
            values = tuple(
                " ".join(f'"{value[at : at + 255]}"' for at in range(0, len(value) or 1, 255))
                for value in (text.replace("\\", "\\\\").replace('"', '\\"') for text in values)
            )
        self.zone[name.lower(), kind] = list(values)

    def answer(self, wire: bytes, *, by_tcp: bool) -> bytes | None:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        if name in self.silent:
            return None
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if self.ill or name in self.broken:
            response.set_rcode(dns.rcode.SERVFAIL)
            return response.to_wire()
        if name in self.long and not by_tcp:
            response.flags |= dns.flags.TC
            return response.to_wire()
        if alias := self.zone.get((name, "CNAME")):
            response.answer.append(dns.rrset.from_text(question.name, 300, "IN", "CNAME", *alias))
            name = alias[0].rstrip(".")
        if records := self.zone.get((name, kind)):
            response.answer.append(dns.rrset.from_text(name + ".", 300, "IN", kind, *records))
        elif not any(known == name or known.endswith("." + name) for known, _ in self.zone):
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response.to_wire(max_size=65_535)


@contextmanager
def nameserver() -> Iterator[Nameserver]:
    """Run a name server on a free port of the loopback."""
    tcp = socket.create_server(("127.0.0.1", 0))
    port = tcp.getsockname()[1]
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", port))
    server = Nameserver(port=port, zone={})

    def by_udp() -> None:
        while True:
            wire, client = udp.recvfrom(4096)
            if not wire:
                return
            if (response := server.answer(wire, by_tcp=False)) is not None:
                udp.sendto(response, client)

    def by_tcp() -> None:
        while True:
            line, _ = tcp.accept()
            with line, suppress(OSError):
                head = line.recv(2, socket.MSG_WAITALL)
                if not head:
                    return
                wire = line.recv(struct.unpack("!H", head)[0], socket.MSG_WAITALL)
                if (response := server.answer(wire, by_tcp=True)) is not None:
                    line.sendall(struct.pack("!H", len(response)) + response)

    threads = [threading.Thread(target=each, daemon=True) for each in (by_udp, by_tcp)]
    for thread in threads:
        thread.start()
    try:
        yield server
    finally:
        # an empty datagram, and a line that says nothing, end the two threads
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", ("127.0.0.1", port))
        socket.create_connection(("127.0.0.1", port)).close()
        for thread in threads:
            thread.join(5)
        udp.close()
        tcp.close()
