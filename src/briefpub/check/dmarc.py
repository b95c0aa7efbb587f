"""DMARC (RFC 9989): a policy found by walking up the DNS tree, its tags read, domains compared by it."""

import re
from dataclasses import dataclass, field

from briefpub.check.answers import Answers, Kind

# RFC 9989 4.10: eight queries at most; from a longer name the walk jumps to its last seven labels.
MOST_LABELS = 7
VERSION = re.compile(r"v[ \t]*=[ \t]*DMARC1[ \t]*(?=;|$)")
GONE = ("pct", "rf", "ri")
POLICIES = ("none", "quarantine", "reject")
VALUES = {
    "p": POLICIES,
    "sp": POLICIES,
    "np": POLICIES,
    "psd": ("y", "n", "u"),
    "t": ("y", "n"),
    "adkim": ("r", "s"),
    "aspf": ("r", "s"),
}
MAILTO = re.compile(r"mailto:[^\s@,;!]+@[A-Za-z0-9.-]+(![0-9]+[kmgt]?)?", flags=re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """A DMARC policy record, at the domain where it was found."""

    domain: str
    record: str
    tags: dict[str, str] = field(default_factory=dict)
    wrong: tuple[str, ...] = ()

    @property
    def gone(self) -> tuple[str, ...]:
        """Give the tags that RFC 9989 has taken away."""
        return tuple(tag for tag in GONE if tag in self.tags)

    @property
    def reports(self) -> tuple[str, ...]:
        """Give the mailboxes that reports go to, as addresses."""
        return tuple(
            uri.strip()[len("mailto:") :].partition("!")[0]
            for uri in self.tags.get("rua", "").split(",")
            if MAILTO.fullmatch(uri.strip())
        )

    def strict(self, tag: str) -> bool:
        """Say whether `adkim` or `aspf` asks for the very same domain."""
        return self.tags.get(tag, "r").lower() == "s"

    def asked(self, domain: str) -> str:
        """Give what receivers are asked to do with mail of this domain that fails: sp is for those below."""
        own = self.tags.get("p", "none").lower()
        wish = own if domain == self.domain else self.tags.get("sp", own).lower()
        return wish if wish in POLICIES else "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What a walk up the tree found: policies from the longest name up, and the domains with `several`.

    Several count as none. `ended` is False while DNS has not answered everything.
    """

    domain: str
    policies: tuple[Policy, ...] = ()
    several: tuple[str, ...] = ()
    ended: bool = True

    @property
    def organisation(self) -> str:
        """Give the organisational domain (RFC 9989 4.10.2)."""
        for policy in self.policies:
            if policy.tags.get("psd") == "n":
                return policy.domain
            if policy.tags.get("psd") == "y" and policy.domain != self.domain:
                labels = self.domain.split(".")
                return ".".join(labels[-policy.domain.count(".") - 2 :])
        return self.policies[-1].domain if self.policies else self.domain

    @property
    def policy(self) -> Policy | None:
        """Give the policy that holds: the domain's own, else its organisation's, else its registry's."""
        at = {policy.domain: policy for policy in self.policies}
        for domain in (self.domain, self.organisation):
            if domain in at:
                return at[domain]
        return next((policy for policy in self.policies if policy.tags.get("psd") == "y"), None)


def names_of(domain: str) -> tuple[str, ...]:
    """Give the domains whose records a walk looks at, from the domain itself up to its last label."""
    labels = domain.split(".")
    above = labels[max(1, len(labels) - MOST_LABELS) :]
    return (domain, *(".".join(above[at:]) for at in range(len(above))))


def walked(domain: str, answers: Answers) -> Walk:
    """Walk up from a domain (RFC 9989 4.10) as far as DNS has answered."""
    policies: list[Policy] = []
    several: list[str] = []
    for name in names_of(domain.lower()):
        texts = answers.get(Kind.TXT, f"_dmarc.{name}")
        if texts is None:
            return Walk(domain=domain, policies=tuple(policies), several=tuple(several), ended=False)
        records = [text for text in texts if VERSION.match(text)]
        if len(records) > 1:
            several.append(name)
        if len(records) != 1:
            continue
        policy = policy_of(name, records[0])
        policies.append(policy)
        if policy.tags.get("psd") in {"y", "n"}:
            break
    return Walk(domain=domain, policies=tuple(policies), several=tuple(several))


def policy_of(domain: str, record: str) -> Policy:
    """Read a record (RFC 9989 4.7); a tag it does not know is left out, as the standard wants."""
    tags: dict[str, str] = {}
    wrong: list[str] = []
    for part in record.split(";")[1:]:
        if not part.strip():
            continue
        tag, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals or not re.fullmatch(r"[A-Za-z]+", tag):
            wrong.append(f"{part.strip()!r} is not written tag=value")
            continue
        if tag.lower() in tags:
            wrong.append(f"{tag} stands there twice")
        tags.setdefault(tag.lower(), value)
    for tag, values in VALUES.items():
        if tag in tags:
            tags[tag] = tags[tag].lower()
            if tags[tag] not in values:
                wrong.append(f"{tag}={tags[tag]} is none of {', '.join(values)}")
    if "p" not in tags:
        wrong.append("p is missing: it counts as none, and older receivers ignore the whole record")
    for tag in ("rua", "ruf"):
        wrong += [
            f"{tag}: {uri.strip()!r} is not written mailto:name@example.org"
            for uri in (tags[tag].split(",") if tag in tags else ())
            if not MAILTO.fullmatch(uri.strip())
        ]
    if not re.fullmatch(r"([01ds])(\s*:\s*[01ds])*", tags.get("fo", "0")):
        wrong.append(f"fo={tags['fo']} is none of 0, 1, d, s")
    return Policy(domain=domain, record=record, tags=tags, wrong=tuple(wrong))


def aligned(one: str, other: str, *, strict: bool, answers: Answers) -> bool | None:
    """Say whether two domains belong together (RFC 9989 4.4); None while DNS has not told."""
    one, other = one.lower(), other.lower()
    if one == other or strict:
        return one == other
    walks = (walked(one, answers), walked(other, answers))
    if not all(walk.ended for walk in walks):
        return None
    return walks[0].organisation == walks[1].organisation
