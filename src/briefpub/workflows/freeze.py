"""Freeze: an issue is built and frozen ahead of its hour; nobody has said yes to it yet."""

import hashlib
from dataclasses import dataclass

from briefpub.domain.audience import List
from briefpub.domain.errors import Conflict
from briefpub.domain.finding import Severity
from briefpub.domain.issue import IssueRecord, IssueState
from briefpub.domain.manifest import articles_of
from briefpub.workflows.make_issue import MakeIssue
from briefpub.workflows.ports import Articles, Issues, Outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """Freezes issues as awaiting. What a crash left frozen is taken as it is: same input, same bytes."""

    articles: Articles
    make: MakeIssue
    issues: Issues
    outbox: Outbox

    def __call__(self, record: IssueRecord, list: List) -> str:
        """Freeze an issue; give nothing, or the first error that hinders it.

        Raises Conflict where other bytes lie under its key, and what building, writing and recording raise.
        """
        frozen = self.outbox.frozen(record.key)
        if frozen is None or articles_of(frozen.manifest) != record.articles:
            made = self.make(record, list, self.articles.gather())
            if made.built is None:
                wrong = [one for one in made.findings if one.severity is Severity.ERROR]
                more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
                return f"{wrong[0].place}: {wrong[0].code} {wrong[0].message}{more}"
            frozen = self.outbox.freeze(
                record.key, editions=made.built.editions, manifest=made.built.manifest
            )
        try:
            self.issues.freeze(
                record.key,
                manifest_sha256=hashlib.sha256(frozen.manifest).hexdigest(),
                editions=frozen.editions,
                state=IssueState.AWAITING,
            )
        except Conflict:
            # It was withdrawn or held while it was built: these bytes must not lie there for another one.
            found = self.issues.get(record.key)
            if found is None or not found.manifest_sha256:
                self.outbox.withdraw(record.key)
            raise
        return ""
