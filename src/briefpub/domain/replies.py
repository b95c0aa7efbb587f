"""What a server's reply means: for this recipient, for the way there, and for how long to wait.

RFC 5321 4.2 (reply codes), RFC 3463 and the IANA registry "SMTP Enhanced Status Codes". The tables below are
read from the top: words that mean more than their code, then the code, then words where no code says more.
When in doubt a reply is never the subscriber's fault: only a line that says `GONE` ends a subscription, and
above each stand the lines that know better. Words are looked for outside of addresses and links.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

# Behind the reply code (RFC 2034), with a # before it (Cisco), or in brackets at the end (qmail).
ENHANCED = re.compile(
    r"^\s*(?:[245]\d\d[ -]+)?#?(?P<status>[245]\.\d{1,3}\.\d{1,3})(?![\d@]|\.\d)"
    r"|\(#(?P<behind>[245]\.\d{1,3}\.\d{1,3})\)\s*$",
    re.ASCII,
)
# What says nothing: links to explanations, and addresses, which may be called anything (spam@example.org) and
# are kept as "(the address)".
NOISE = re.compile(
    r"\b(?:https?://|www\.)[^\s<>]+"
    r"|(?<![^\s<>()\[\],;:\"])[^\s<>()\[\],;:\"@]++@[^\s<>()\[\],;:\"]++"
    r"|\(the address\)",
    re.IGNORECASE,
)


class Outcome(StrEnum):
    """How one try ended, in the words of RFC 3464 and of the crash window (RFC 1047)."""

    ACCEPTED = "accepted"
    DEFERRED = "deferred"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Blame(StrEnum):
    """Whose matter a reply is."""

    NOBODY = "nobody"
    RECIPIENT = "recipient"  # this address, for ever: it is not mailed again
    MAILBOX = "mailbox"  # this address, for now: a full mailbox, an absent one
    MESSAGE = "message"  # this issue: too large, refused content
    SITE = "site"  # the whole receiving site, for now: busy, greylisting, too many connections
    US = "us"  # what we are or how we send: authentication, policy, reputation (5.7.x)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What to make of a reply. `first_wait` is the wait after a first try; waits double from there."""

    outcome: Outcome
    blame: Blame = Blame.NOBODY
    first_wait: timedelta = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the tables: what it means when the status is this one and all of these words are found."""

    verdict: Verdict
    words: tuple[re.Pattern[str], ...] = ()
    status: re.Pattern[str] | None = None

    def fits(self, status: str, said: str) -> bool:
        """Say whether a reply with this enhanced status and these words is meant."""
        return bool(self.status is None or self.status.search(status)) and all(
            words.search(said) for words in self.words
        )


def _later(blame: Blame, *, minutes: int) -> Verdict:
    return Verdict(outcome=Outcome.DEFERRED, blame=blame, first_wait=timedelta(minutes=minutes))


GONE = Verdict(outcome=Outcome.FAILED, blame=Blame.RECIPIENT)
ABSENT = Verdict(outcome=Outcome.FAILED, blame=Blame.MAILBOX)
THIS_ISSUE = Verdict(outcome=Outcome.FAILED, blame=Blame.MESSAGE)
OURS = _later(Blame.US, minutes=60)  # queued until somebody has mended what is wrong with us
BUSY = _later(Blame.SITE, minutes=10)
# Greylisting servers take the second try after 5 minutes (Postgrey's default); with jitter this is 8 to 12.
GREYLISTED = _later(Blame.SITE, minutes=10)
SLOW_DOWN = _later(Blame.SITE, minutes=60)  # KumoMTA's community rules leave such a site for 1 or 2 hours
SPENT = _later(Blame.SITE, minutes=240)  # a quota of the day: there is no use in asking every 10 minutes
FULL_NOW = _later(Blame.MAILBOX, minutes=60)
NOT_NOW = _later(Blame.MAILBOX, minutes=30)


def _words(pattern: str, verdict: Verdict, *also: str) -> Line:
    return Line(verdict, tuple(re.compile(one, re.IGNORECASE | re.DOTALL) for one in (pattern, *also)))


def _status(pattern: str, verdict: Verdict, *words: str) -> Line:
    found = tuple(re.compile(one, re.IGNORECASE | re.DOTALL) for one in words)
    return Line(verdict, found, re.compile(rf"^[245]\.(?:{pattern})$"))


FULL_WORDS = (
    r"over ?-?quota|quota (?:is )?(?:exceeded|full)|(?:mail|in)?box (?:is )?full|boite.{0,30}pleine"
    r"|exceeded storage allocation|mailbox (?:size|quota)"
)
GAP = r"(?:(?!\b(?:your|domain|host|send\w+)\b).){0,60}"  # words of one thing, and not of the next
# Nobody says this of anything but a recipient's address.
SURELY_GONE = (
    rf"(?<!your )\b(?:users?|recipients?|mailbox|account|destinataire|addressee)\b{GAP}"
    r"\b(?:unknown|not found|not exist|doesn\W?t exist|no longer|inactiv\w+|inconnue?)\b"
    r"|(?:unknown|no such) (?:local )?(?:user|recipient|mailbox|account)\b|utilisateur inconnu"
    r"|no mailbox here|(?:doesn\W?t|does not) have an? .{0,40}account|(?:OFR|LPN|OUK)\w*41[68]\b"
)
GONE_WORDS = (
    rf"{SURELY_GONE}"
    rf"|(?<!your )\b(?:user|recipient|mailbox|account|destinataire|e-?mail address)\b{GAP}"
    r"\b(?:unknown|not found|invalide?|not exist|doesn\W?t exist|disabled|closed|deactivated|terminated)\b"
    r"|invalid (?:local )?(?:user|recipient|mailbox|account)\b|unrouteable address"
)
NO_DOMAIN = r"\b(?:host|domain)\b.{0,30}\b(?:unknown|not found|not exist)|(?:unknown|no such) (?:host|domain)"
WRONG = r"(?:reject|denied|blocked|invalid|unknown|not exist|not found|verif|bad\b|refused)"
# Comcast and Cloudmark 550 5.1.0 "sender rejected", Exim "Sender verify failed", Orange "Emetteur invalide".
SENDER_WORDS = (
    r"\b(?:sender|return[ -]?path|reverse[ -]path|from:? address|envelope[ -]from|.metteur|exp.diteur)\b"
    rf".{{0,60}}\b{WRONG}"
    rf"|\bmail from\b.{{0,30}}\b{WRONG}"
    r"|\b(?:invalid|bad|unknown|illegal|unverified|unrouteable|unroutable|malformed) (?:\w+ )?"
    r"(?:sender|return[ -]?path|reverse[ -]path|from:? address|envelope[ -]from|mail from)\b"
    r"|\bbadmailfrom\b"  # qmail's file
)
# Even where a reply also says that a user is unknown.
SURELY_OURS = (
    r"\bclient host\b|\bdnsbl\b|\brbl\b|\blisted (?:in|at|by|on)\b|blocked using\b"
    r"|\brelay(?:ing)?\b(?!\.\w).{0,20}\b(?:denied|not|prohibited)|\b(?:not|no|never) relay"
    r"|(?:reject|refus|detect|classif|identif|mark)\w+ as spam\b|\b(?:is|contains) spam\b"
    r"|\b(?:outgoing|outbound)\b|\b(?:for|from) sending\b"
    r"|\b(?:allowed|authori[sz]ed|permitted) to send\b"
    r"|\((?:DYN|HVU|RLY|RTR|CON|DNS|SIP):\w+\)"  # AOL's, of the connection and not of the mailbox
    r"|(?:OFR|LPN|OUK)\w*_5(?!14)\d\d"
)
OUR_WORDS = (
    rf"{SURELY_OURS}|spam|unsolicited|black ?-?list|block ?-?list|\bblocked\b|reputation"
    r"|\bpolic(?:y|ies)\b|\bspf\b|\bdkim\b|\bdmarc\b"
    r"|authenticat|\bsmtp auth\b|reverse dns|\bptr\b|\b[eh]h?elo\b|\bbanned\b|access denied"
    r"|\byour (?:\w+ )?(?:ip|account|domain|host|server|network|provider|(?:e-?)?mail address)\b"
    r"|\bfrom this (?:ip|host|server|domain)\b|address(?:es)? (?:is|are) not verified"
)
# A relay's or a verifier's report of what another server did; and what is said of messages, not of addresses.
DOUBTFUL = (
    r"\bsaid:|undeliverable address:|\bconnect to\b|connection (?:refused|timed out)|\btimed out\b"
    r"|virus|attachment|content|\btoo (?:large|big|long|many)\b|size|limit|maximum|quota|temporar|try again"
    r"|\blater\b|internal error|prohibit|not (?:allowed|authori[sz]ed|permitted)|\bbulk\b|message reject"
)

# Words that mean more than the code beside them.
PERMANENT_WORDS = (
    # Gmail 550 5.4.5 "Daily user sending limit exceeded", Microsoft 550 5.1.90 "you've reached your daily
    # limit", and every smarthost's way to say it: our quota.
    _words(r"\b(?:daily|hourly)\b.{0,40}\b(?:limit|quota)\b|\b(?:limit|e?mails?|messages) per hour", SPENT),
    _words(r"\b(?:sending|relay)\b.{0,40}\b(?:limit|quota)\b.{0,20}exceeded", SPENT),
    _words(r"exceeded\b.{0,40}\b(?:daily|hourly|sending|relay)\b.{0,20}\b(?:limit|quota)", SPENT),
    # QQ "550 Ip frequency limited", Postfix and Exim policy servers.
    _words(r"frequency limited|rate.?limit|\bthrottled", SLOW_DOWN),
    # Gmail 550 5.2.1: a busy mailbox, under the code of one that is closed.
    _words(r"receiving mail (?:too quickly|at a rate)", FULL_NOW),
    _words(r"gr[ea]y-? ?list", GREYLISTED),
    _words(SENDER_WORDS, OURS),
    # La Poste 550 5.5.0 "The recipient account is blocked LPN007_426": nobody says for how long.
    _words(r"recipient(?:\W?s)? (?:account|mailbox) (?:is |has been )?(?:blocked|locked|suspended)", ABSENT),
    _words(r"archived recipient|(?:OFR|LPN|OUK)\w*42[06]\b", ABSENT),
    # Orange 552 5.1.1 "Recipient overquota OFR_417": a full mailbox, under the code of one that is gone.
    _words(rf"{FULL_WORDS}|(?:OFR|LPN|OUK)\w*417\b", ABSENT),
    # A 5.7.x that another server gave to the one that tells it under a code of its own.
    _words(r"(?<![\d.])[45]\.7\.(?!(?:124|133|134|136)\b)\d{1,3}(?!\d|\.\d)", OURS),
    # Microsoft 365: no such recipient here. In any other words "access denied" is ours.
    _status(r"4\.1", GONE, r"recipient address rejected: access denied"),
)
TRANSIENT_WORDS = (
    # Yahoo 421 4.7.1 [TS03] "permanently deferred": they advise against trying again as things are.
    _words(r"\[TS03\]|permanently deferred", OURS),
    # Yahoo 421 4.7.0 [TSS04], 421 [IPTS04]: volume or complaints; "do not hammer".
    _words(r"\[(?:IP)?TSS?\d\d\]", SLOW_DOWN),
    # Postgrey 450 4.2.0, Exim and rspamd 451 4.7.1.
    _words(r"gr[ea]y-? ?list", GREYLISTED),
    # Orange OFR004_104, Microsoft "maximum number of connections", GMX and Postfix "too many connections".
    _words(r"too many (?:concurrent |simultaneous )?(?:connections|sessions)|trop de connexions", BUSY),
    _words(r"OFR\w*_104|(?:concurrent|number of) connections", BUSY),
    # Yahoo, Microsoft: this connection has had its share; nothing is wrong.
    _words(r"messages? (?:per|for this|in this) (?:connection|session)", BUSY),
    _words(FULL_WORDS, FULL_NOW),
    _words(r"^\s*45[01][ -]+4\.7\.1\b", GREYLISTED),
)

# RFC 3463 3 and the registry: class 5. X.0.0 and X.5.0 (Microsoft 550 5.5.0) say nothing: see the words.
ADDRESS = r"1\.\d+|2\.1|4\.1"  # the codes that may mean an address that is gone, and are used for anything
PERMANENT_CODES = (
    _status(r"1\.[78]", OURS),  # bad sender's address: syntax, system
    _status(ADDRESS, OURS, SURELY_OURS),
    _status(ADDRESS, GONE, SURELY_GONE),  # whatever else its advice may warn of
    _status(ADDRESS, OURS, OUR_WORDS),
    _status(ADDRESS, ABSENT, DOUBTFUL),
    _status(r"1\.(?:[1346]|10)", GONE),  # bad mailbox, syntax, ambiguous; moved; RFC 7505 null MX
    _status(r"1\.2", GONE, NO_DOMAIN),
    # Other (1.0), the vendors' own (Microsoft 5.1.350), mailbox disabled (2.1), no answer from host (4.1).
    _status(ADDRESS, GONE, GONE_WORDS),
    _status(ADDRESS, ABSENT),
    _status(r"2\.3", THIS_ISSUE),  # longer than this mailbox takes
    _status(r"2\.\d+", ABSENT),  # mailbox full (2.2), mailing list expansion, other
    _status(r"3\.[346]", THIS_ISSUE),  # a feature it has not; message too big (3.4); priority (RFC 6710)
    _status(r"3\.\d+", ABSENT),  # mail system full, not accepting (RFC 7504), misconfigured
    _status(r"4\.\d+", ABSENT),  # routing, loops, expired
    _status(r"6\.(?:[79]|10)", ABSENT),  # RFC 6531: this address needs SMTPUTF8 and its server has it not
    _status(r"5\.[1-9]\d*|6\.\d+", THIS_ISSUE),  # protocol, content
    # Exchange Online: this mailbox takes mail from chosen senders only. The one 5.7 that is the recipient's.
    _status(r"7\.(?:124|133|134|136)", ABSENT),
    _status(r"7\.\d+", OURS),  # security and policy: never the subscriber's fault: 7.1, 7.26, 7.515 …
)
# The same for class 4.
TRANSIENT_CODES = (
    _status(r"1\.[78]", NOT_NOW),  # Postfix 450 4.1.8: our domain could not be looked up
    _status(r"1\.\d+", NOT_NOW),  # Postfix 450 4.1.1: the address is being verified
    _status(r"2\.2", FULL_NOW),
    _status(r"2\.\d+", NOT_NOW),  # Gmail 450 4.2.1: this mailbox gets too much at the moment
    _status(r"3\.1", _later(Blame.SITE, minutes=30)),  # its disk is full
    _status(r"[345]\.\d+", BUSY),  # system, network, protocol (452 4.5.3)
    _status(r"6\.\d+", _later(Blame.MESSAGE, minutes=30)),
    _status(r"7\.\d+", SLOW_DOWN),  # policy: Gmail 421 4.7.0 and 4.7.28 "unusual rate", Microsoft 451 4.7.650
)

# RFC 5321 4.2.3 where no enhanced code is given, or one that says nothing.
BARE_PERMANENT = (
    _words(SURELY_OURS, OURS),
    _words(SURELY_GONE, ABSENT, OUR_WORDS),
    _words(OUR_WORDS, OURS),
    _words(
        r"too (?:large|big|long)|(?:OFR|LPN|OUK)\w*514|message size|size limit|exceeds.{0,30}size", THIS_ISSUE
    ),
    _words(r"virus|attachment|content", THIS_ISSUE),
    _words(GONE_WORDS, GONE),
    # GMX, Microsoft and RFC 5321 itself: not found, no access or policy, nobody can tell which.
    _words(r"mailbox unavailable|mailbox name not allowed|temporar|try again", ABSENT),
    _words(r"^\s*55[13]", ABSENT),  # not local; mailbox name not allowed
)
BARE_TRANSIENT = (
    _words(OUR_WORDS, SLOW_DOWN),
    _words(r"\brate\b|volume|complaint|throttl|slow down|service refuse", SLOW_DOWN),  # Orange OFR004_105
    _words(GONE_WORDS, NOT_NOW),  # Postfix answers 450 to unknown users on demand
    _words(r"^\s*450", NOT_NOW),  # RFC 5321: mailbox busy
)


def status_of(reply: str) -> str:
    """Give a reply's enhanced status code, `5.1.1`, or nothing where it has none."""
    found = ENHANCED.search(reply)
    return (found["status"] or found["behind"]) if found else ""


def verdict(outcome: Outcome, reply: str) -> Verdict:
    """Judge an attempt by its outcome and the server's reply.

    A refusal that is our own fault (`Blame.US`) comes back as deferred: the delivery stays queued.
    """
    table: tuple[Line, ...]
    match outcome:
        case Outcome.FAILED:
            table, last = PERMANENT_WORDS + PERMANENT_CODES + BARE_PERMANENT, THIS_ISSUE
        case Outcome.DEFERRED:
            table, last = TRANSIENT_WORDS + TRANSIENT_CODES + BARE_TRANSIENT, BUSY
        case _:
            return Verdict(outcome=outcome)
    status, said = status_of(reply), NOISE.sub("@", reply)
    return next((line.verdict for line in table if line.fits(status, said)), last)
