import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from briefpub.domain.audience import Subscriber, SubscriptionFormat
from briefpub.domain.delivery import Delivery, DeliveryState
from briefpub.domain.replies import Blame, Outcome, status_of, verdict
from briefpub.workflows.cleaned import without_person

MINUTE = dt.timedelta(minutes=1)
FAILED, DEFERRED = Outcome.FAILED, Outcome.DEFERRED


def test_what_was_accepted_or_is_unknown_is_nobodys_fault() -> None:
    for outcome in (Outcome.ACCEPTED, Outcome.UNKNOWN):
        found = verdict(outcome, "550 5.1.1 user unknown")
        assert (found.outcome, found.blame) == (outcome, Blame.NOBODY)


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ("550 5.1.1 no such user", "5.1.1"),
        ("550-5.7.26 not authenticated\n550 5.7.26 see", "5.7.26"),
        ("550 #5.1.0 Address rejected.", "5.1.0"),
        ("550 sorry, no mailbox here by that name (#5.1.1)", "5.1.1"),
        ("5.6.7 the address needs SMTPUTF8", "5.6.7"),
        ("550 5.7.515 Access denied", "5.7.515"),
        ("550 no code", ""),
        ("550 5.1 half a code", ""),
        ("421 4.16.55.1 is no status", ""),
        ("", ""),
    ],
)
def test_reads_the_status(reply: str, status: str) -> None:
    assert status_of(reply) == status


# Replies as the providers write them, with example names in place of theirs.
READER = "reader0000@example.net"
GONE = [
    f"550 5.1.1 <{READER}>: Recipient address rejected: User unknown in local recipient table",
    f"550 5.1.1 <{READER}>: Recipient address rejected: User unknown in relay recipient table",
    f"550 5.1.1 <{READER}>: Recipient address rejected: User unknown in virtual mailbox table",
    f"550 5.1.1 <{READER}>: Recipient address rejected: reader0000",
    f"550 5.1.1 <{READER}>... User unknown",
    f"550 5.1.2 <{READER}>... Host unknown (Name server: example.net: host not found)",
    f"554 5.1.2 <{READER}>: Recipient address rejected: Domain not found",
    (
        f"550 5.1.1 <{READER}>: Recipient address rejected: undeliverable address: host mx.example.net[192.0.2.1]"
        " said: 550 5.1.1 User unknown (in reply to RCPT TO command)"
    ),
    (
        "550 5.1.1 The email account that you tried to reach does not exist. Please try double-checking the "
        "recipient's email address for typos or unnecessary spaces. For more information, go to "
        "https://support.google.com/mail/?p=NoSuchUser 4fb4d7f45d1cf-5 - gsmtp"
    ),
    "550 5.1.1 User unknown; see https://www.example.net/anti-spam-policy?why=blocked",
    "550 5.1.1 User unknown. Servers that try many of these will be blocked as spam sources by policy",
    "550 5.1.1 <spam@example.net>: Recipient address rejected: User unknown",
    f"550 5.1.1 <{READER}> recipient unknown at spamfilter.example.net",
    "550 5.1.1 RESOLVER.ADR.RecipNotFound; not found",
    "550 5.1.351 Remote server returned message denied because of unknown recipient",
    f"550 5.4.1 [{READER}]: Recipient address rejected: Access denied",
    (
        "550 5.4.1 Recipient address rejected: Access denied. For more information see "
        "https://aka.ms/EXOSmtpErrors [AM6EUR05FT003.eop-eur05.prod.protection.outlook.com 2026-11-22T21:00:00.1Z]"
    ),
    "550 5.1.0 user unknown",
    "550 5.1.6 the mailbox has moved",
    "550 5.1.3 Bad destination mailbox address syntax",
    "550 5.2.1 This mailbox has been blocked due to inactivity",
    "550 5.2.1 The email account that you tried to reach is disabled",
    "550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. LPN416 [416]",
    "550 5.5.0 Adresse d au moins un destinataire invalide. Invalid recipient. LPN007_418",
    f"554 delivery error: dd This user doesn't have a yahoo.com account ({READER}) [0] - mta1234",
    "554 delivery error: dd Not a valid recipient - user does not exist",
    f"550 <{READER}>: Recipient unknown",
    "550 No such recipient here",
    "550 mailbox not found",
    "552 1 Requested mail action aborted, mailbox not found",
    "550-5.1.1 The email account that you tried to reach does not exist. Please try\n550 5.1.1 gsmtp",
    "550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
    "550 5.2.1 The email account that you tried to reach is inactive.",
    "550 5.4.1 Recipient address rejected: Access denied. [AM6EUR05FT003]",
    "556 5.1.10 nullMX",
    "550 5.1.1 Adresse d au moins un destinataire invalide. Invalid recipient. OFR_416 [416]",
    "554 delivery error: dd This user doesn't have a yahoo.com account (0) - mta1234",
    "550 unknown user",
    "550 No such user here",
    "550 Unrouteable address",
    "550 sorry, no mailbox here by that name (#5.1.1)",
    "550 sorry, no mailbox here by that name",
    "550 Utilisateur inconnu: destinataire inconnu",
    "550 5.5.0 Requested action not taken: user unknown",
]


@pytest.mark.parametrize("reply", GONE)
def test_an_address_that_is_gone_is_the_recipients(reply: str) -> None:
    found = verdict(FAILED, reply)
    assert (found.outcome, found.blame) == (FAILED, Blame.RECIPIENT)


ABSENT = [
    "552-5.2.2 The recipient's inbox is out of storage space",
    "552 5.1.1 Boite du destinataire pleine. Recipient overquota. OFR_417 [417]",
    "552 Requested mail action aborted: exceeded storage allocation",
    "550 mailbox full",
    "554 5.2.2 mailbox over quota",
    "550 5.2.0 something about the mailbox",
    "550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302)",
    "550 Requested action not taken: mailbox unavailable",
    "550 5.6.7 SMTPUTF8 is required for this address",
    "5.6.7 the server cannot take letters beyond ASCII",
    "521 5.3.2 this host takes no mail",
    "554 5.4.14 Hop count exceeded - possible mail loop",
    "550 5.7.134 RESOLVER.RST.SenderNotAuthenticatedForMailbox; authentication required",
    "551 User not local",
    "550 5.4.1 No answer from host",
    "550 5.4.1 all of the recipient's mail servers timed out",
    "550 5.1.0 Address rejected",
    "550 5.1.2 Bad destination system address",
    "550 5.1.350 Remote server returned invalid or missing address",
    "550 5.2.1 not now",
    (
        f"550 5.1.1 <{READER}>: Recipient address rejected: undeliverable address: connect to mx.example.net: "
        "Connection refused"
    ),
    "550 5.1.1 undeliverable address: host mx.example.net said: 554 5.3.0 local error",
    "550 5.5.0 Le compte du destinataire est bloque. The recipient account is blocked. LPN007_426",
    "550 5.1.1 Boite du destinataire archivee. Archived recipient. OFR_420 [420]",
    "550 user unknown, or refused by our anti-spam rules",
    "550 5.1.1 Too many invalid recipients",
    "550 5.1.1 virus found",
    "550 5.1.1 Message too large",
    "550 5.1.1 Internal error",
    "550 5.1.1 You are not allowed to mail this address",
    "550 5.1.1 Temporary failure, try again later",
]


@pytest.mark.parametrize("reply", ABSENT)
def test_a_full_or_absent_mailbox_keeps_its_subscription(reply: str) -> None:
    found = verdict(FAILED, reply)
    assert (found.outcome, found.blame) == (FAILED, Blame.MAILBOX)


@pytest.mark.parametrize(
    "reply",
    [
        "552 5.3.4 Message size exceeds fixed limit",
        "552-5.2.3 Your message exceeded Google's message size limits.",
        "552 message too large",
        "554 5.6.0 content rejected",
        "554 Virus found",
        "500 5.5.1 command unrecognized",
        "554 Transaction failed",
        "the compilation is too large for the e-reader",
        "",
    ],
)
def test_some_replies_are_about_this_issue_only(reply: str) -> None:
    found = verdict(FAILED, reply)
    assert (found.outcome, found.blame) == (FAILED, Blame.MESSAGE)


OURS = [
    "550 5.7.1 Service unavailable, Client host [192.0.2.1] blocked using Spamhaus",
    "554 5.7.1 <(the address)>: Relay access denied",
    "550-5.7.26 Your email has been blocked because the sender is unauthenticated.",
    "550 5.7.515 Access denied, sending domain example.org doesn't meet the required level",
    "550 5.7.23 The message was rejected because of Sender Policy Framework violation",
    "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. (S3140)",
    "550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP",
    "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.1",
    "554 Message not allowed - [PH01] Email not accepted for policy reasons.",
    "550 5.1.0 <weekly@example.org> sender rejected",
    "550 Sender verify failed",
    "550 5.1.8 Sender address rejected: Domain not found",
    "550 relay not permitted",
    "554 Mail rejete. Mail rejected. OFR_506 [506]",
    "550 Spam detected",
    "550 SPF record does not exist",
    "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
    "554 5.1.0 Message rejected as spam",
    "550 5.1.0 Address rejected: spam source listed at Spamhaus",
    "550 5.1.0 Authentication required",
    "550 5.1.1 Your IP is blacklisted, see https://example.net",
    "550 5.1.1 Access denied: sending host is in our block list",
    "550 5.1.1 Recipient rejected: user unknown or sender listed at zen (RBL)",
    "550 5.1.1 Recipient refused: your domain does not exist",
    "550 5.1.1 Invalid sender",
    "550 5.1.0 Invalid return path",
    "550 5.1.1 Mail from domain does not exist",
    "550 5.1.0 From address not found",
    "501 5.1.3 Bad sender address syntax",
    "550 5.0.1 Emetteur invalide. Invalid Sender. OFR_403",
    "550 Unknown sender",
    "553 5.1.1 Sorry, your envelope sender is in my badmailfrom list",
    f"550 5.1.1 <{READER}>: Sender address rejected: User unknown in local recipient table",
    "550 5.1.1 SMTP AUTH required",
    "550 5.1.1 Rejected: your mail server has no PTR",
    "550 5.1.2 Relaying not allowed",
    "553 5.1.2 We do not relay",
    "554 5.4.1 [Internal] relay access denied",
    "554 5.4.1 Access denied",
    "550 5.2.1 Blocked by content policy",
    "521 5.2.1 :  AOL will not accept delivery of this message (DYN:T1)",
    "550 5.1.101 Messages from your domain are not accepted",
    "550 User account is disabled for sending mail",
    "550 5.2.1 Account has been disabled due to outgoing spam",
    "550 Your account newsletter@example.org was closed",
    "550 5.1.1 Your account does not exist",
    "550 The user account you authenticate with is disabled",
    "554 Message rejected: Email address is not verified",
    "550 5.1.1 undeliverable address: host mx.example.net said: 554 5.7.1 client host blocked",
    "550 5.1.1 undeliverable address: host mx.example.net said: 554 Client host [192.0.2.1] blocked",
    "554 5.7.1 user unknown",
]


@pytest.mark.parametrize("reply", OURS)
def test_what_is_wrong_with_us_stays_queued_for_an_hour(reply: str) -> None:
    found = verdict(FAILED, reply)
    assert (found.outcome, found.blame, found.first_wait) == (DEFERRED, Blame.US, 60 * MINUTE)


@pytest.mark.parametrize(
    ("reply", "blame", "minutes"),
    [
        ("450 4.2.0 <(the address)>: Recipient address rejected: Greylisted, see", Blame.SITE, 10),
        ("451 4.7.1 Greylisting in action, please come back later", Blame.SITE, 10),
        ("451 4.7.1 Try again later", Blame.SITE, 10),
        ("421 4.7.0 [TSS04] Messages from 192.0.2.1 temporarily deferred", Blame.SITE, 60),
        ("421 [IPTS04] Messages from 192.0.2.1 temporarily deferred", Blame.SITE, 60),
        ("421 4.7.1 [TS03] All messages from 192.0.2.1 will be permanently deferred", Blame.US, 60),
        ("421 mwinf5c04 ME Trop de connexions. Too many connections, slow down. OFR004_104", Blame.SITE, 10),
        ("421 4.7.0 too many connections from 192.0.2.1", Blame.SITE, 10),
        ("421 Service refuse. Veuillez essayer plus tard. OFR004_105", Blame.SITE, 60),
        ("421 4.7.28 unusual rate of mail", Blame.SITE, 60),
        ("421 4.4.5 Server busy, try again later", Blame.SITE, 10),
        ("452 4.2.2 The recipient's inbox is out of storage space", Blame.MAILBOX, 60),
        ("452 mailbox full", Blame.MAILBOX, 60),
        ("450 4.2.1 The user you are trying to contact is receiving mail too quickly", Blame.MAILBOX, 30),
        ("450 4.1.1 unverified address", Blame.MAILBOX, 30),
        ("450 user unknown", Blame.MAILBOX, 30),
        ("452 4.3.1 Insufficient system storage", Blame.SITE, 30),
        ("451 later", Blame.SITE, 10),
        ("", Blame.SITE, 10),
    ],
)
def test_what_is_deferred_waits_as_long_as_the_reply_asks(reply: str, blame: Blame, minutes: int) -> None:
    found = verdict(DEFERRED, reply)
    assert (found.outcome, found.blame, found.first_wait) == (DEFERRED, blame, minutes * MINUTE)


@pytest.mark.parametrize(
    ("reply", "minutes"),
    [
        ("550 5.4.5 Daily user sending limit exceeded", 240),
        ("550 5.4.5 Daily SMTP relay sending limit exceeded for user", 240),
        ("550 You have exceeded your hourly sending quota", 240),
        ("550 5.1.90 Your message can't be sent because you've reached your daily limit for recipients", 240),
        ("550 Domain example.org has exceeded the max emails per hour (500/500 (100%)) allowed", 240),
        ("550 5.1.95 Your IP has been throttled", 60),
        ("550 Ip frequency limited", 60),
        ("550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents", 60),
    ],
)
def test_some_limits_come_as_refusals_and_are_none(reply: str, minutes: int) -> None:
    found = verdict(FAILED, reply)
    assert (found.outcome, found.first_wait) == (DEFERRED, minutes * MINUTE)
    assert found.blame in {Blame.SITE, Blame.MAILBOX}


@pytest.mark.parametrize("person", [READER, "info@example.net", "unknown@example.net", "spam@example.net"])
@pytest.mark.parametrize("reply", [*GONE, *ABSENT, *OURS])
def test_a_reply_without_the_person_is_judged_as_before(reply: str, person: str) -> None:
    said = reply.replace(READER, person)
    assert (
        verdict(FAILED, said)
        == verdict(FAILED, said.replace(person, "(the address)"))
        == verdict(FAILED, reply)
    )


@pytest.mark.parametrize("reply", [*GONE, *ABSENT, *OURS])
def test_what_is_kept_of_a_reply_means_what_was_said(reply: str) -> None:
    reader = Subscriber(id=1, address=READER)
    digest, queued = SubscriptionFormat.DIGEST, DeliveryState.QUEUED
    one = Delivery(id=1, mailing=1, subscriber=reader, format=digest, state=queued)
    kept = without_person(reply, one)
    assert "reader0000" not in kept
    assert verdict(FAILED, kept) == verdict(FAILED, reply)


@pytest.mark.parametrize("name", ["spam", "policy", "unknown-user", "blocked", "relay-denied", "5.7.1"])
def test_an_address_says_nothing_whatever_its_name(name: str) -> None:
    assert verdict(FAILED, f"550 5.1.1 <{name}@example.net>: no").blame is Blame.RECIPIENT
    assert verdict(FAILED, f"550 5.1.0 <{name}@example.net>: no").blame is Blame.MAILBOX
    assert verdict(FAILED, f"550 {name}@example.net: no") == verdict(FAILED, "550 (the address): no")


CODES = st.builds("{} {}.{}.{} {}".format, st.integers(400, 559), st.sampled_from("245"),
                  st.integers(0, 9), st.integers(0, 999), st.text(max_size=80))  # fmt: skip


@given(st.sampled_from(Outcome), st.text(max_size=300) | CODES)
def test_every_reply_has_a_verdict(outcome: Outcome, reply: str) -> None:
    found = verdict(outcome, reply)
    assert 5 * MINUTE <= found.first_wait <= 240 * MINUTE
    match found.outcome:
        case Outcome.FAILED:
            assert found.blame in {Blame.RECIPIENT, Blame.MAILBOX, Blame.MESSAGE}
            assert outcome is FAILED
        case Outcome.DEFERRED:
            assert found.blame in {Blame.US, Blame.SITE, Blame.MAILBOX, Blame.MESSAGE}
            assert outcome in {FAILED, DEFERRED}
        case _:
            assert found.blame is Blame.NOBODY
            assert found.outcome is outcome


@given(st.integers(0, 999), st.text(alphabet=st.characters(blacklist_characters="\n"), max_size=120))
def test_no_policy_reply_ever_ends_a_subscription(detail: int, words: str) -> None:
    for outcome in (FAILED, DEFERRED):
        assert verdict(outcome, f"550 5.7.{detail} {words}").blame is not Blame.RECIPIENT
        assert verdict(outcome, f"450 4.7.{detail} {words}").blame is not Blame.RECIPIENT


@given(st.sampled_from(GONE), st.sampled_from(["5.7.1", "5.7.26", "5.7.515"]), st.text(max_size=40))
def test_a_policy_reply_told_by_another_server_never_ends_one_either(
    reply: str, status: str, words: str
) -> None:
    found = verdict(FAILED, f"{reply} said: 550 {status} {words.lstrip('.0123456789')}")
    assert found.blame is not Blame.RECIPIENT


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece",
    ["sender ", "user ", "relay ", "quota ", "daily limit ", "4.7.1 ", "[TS", "a", "a@", "www.", "a."],
)
def test_a_long_reply_costs_no_more_than_its_length(piece: str) -> None:
    for outcome in (FAILED, DEFERRED):
        assert verdict(outcome, piece * 20_000).first_wait
