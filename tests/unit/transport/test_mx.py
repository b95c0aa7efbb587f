"""Straight to the receiving sites: which server, with which TLS, and whose messages share a connection."""

from collections.abc import Sequence

from builders import NOW
from sink import Sink
from sink_script import Script
from sink_script import Tls as SinkTls
from works import Works, a_message

from briefpub.domain.audience import InDoubt, Subscriber, SubscriptionFormat
from briefpub.domain.delivery import Delivery, DeliveryState, Message, TroubleKind
from briefpub.domain.errors import TransportError
from briefpub.domain.replies import Outcome
from briefpub.transport.mx import Mx

HERE = ("127.0.0.1",)
HOSTS: dict[str, Sequence[str]] = {
    "here.example": HERE,
    "too.example": HERE,
    "nobody.example": (".",),
    "gone.example": ("192.0.2.1.invalid.", "127.0.0.1."),
    "lost.example": ("mail.invalid",),
    "none.invalid": (),
}


def hosts(domain: str) -> Sequence[str]:
    if domain == "broken.example":
        raise TransportError("no name server answers", hint="is this machine online?")
    return HOSTS[domain]


def to(number: int, domain: str, site: str = "") -> Message:
    return a_message(number, envelope_to=f"reader{number}@{domain}", site=site)


def carried(port: int, *sent: Message) -> Works:
    work = Works(sent)
    with Mx(mx=hosts, port=port, patience=5.0, patience_after_dot=5.0).opened("weekly/001") as way:
        way.carry(work)
    assert work.accounted == sorted(message.delivery for message in sent)
    return work


def test_domains_of_one_site_share_a_connection_where_they_share_the_host() -> None:
    with Sink() as sink:
        work = carried(
            sink.port, to(1, "here.example", "big"), to(2, "too.example", "big"), to(3, "too.example")
        )
        assert len(sink.sessions) == 2
    assert set(work.outcomes.values()) == {Outcome.ACCEPTED}


def test_a_domain_that_takes_no_mail_fails_and_the_others_do_not() -> None:
    with Sink() as sink:
        work = carried(sink.port, to(1, "nobody.example"), to(2, "here.example"), to(3, "none.invalid"))
    assert work.replies[1].startswith("556 5.1.10")
    assert work.replies[3].startswith("550 5.1.2")
    assert work.outcomes == {1: Outcome.FAILED, 2: Outcome.ACCEPTED, 3: Outcome.FAILED}


def test_the_next_host_is_tried_and_a_literal_is_its_own() -> None:
    with Sink() as sink:
        work = carried(sink.port, to(1, "gone.example"), to(2, "[127.0.0.1]"))
    assert work.outcomes == {1: Outcome.ACCEPTED, 2: Outcome.ACCEPTED}


def test_what_dns_cannot_say_is_a_trouble_of_the_site() -> None:
    for domain in ("lost.example", "broken.example"):
        work = carried(1, to(1, domain))
        assert work.trouble.kind is TroubleKind.UNREACHABLE
        assert work.trouble.site == domain


def test_any_certificate_is_better_than_none() -> None:
    with Sink(Script(tls=SinkTls.STARTTLS)) as sink:
        work = carried(sink.port, to(1, "here.example"))
        tls = [visit.tls for visit in sink.sessions]
    assert work.outcomes == {1: Outcome.ACCEPTED}
    assert any(tls)


def test_where_tls_fails_it_goes_in_the_clear() -> None:
    with Sink(Script(tls=SinkTls.STARTTLS, injected=b"250 injected\r\n")) as sink:
        work = carried(sink.port, to(1, "here.example"))
    assert work.outcomes == {1: Outcome.ACCEPTED}


def test_a_site_is_the_provider_or_the_domain() -> None:
    delivery = Delivery(
        id=1,
        mailing=1,
        subscriber=Subscriber(id=1, address="Ana@Here.Example"),
        format=SubscriptionFormat.DIGEST,
        state=DeliveryState.CLAIMED,
        not_before=NOW,
    )
    mx = Mx(mx=hosts)
    assert mx.site(delivery) == "here.example"
    assert mx.in_doubt is InDoubt.HOLD
