"""Proof: an issue as its subscribers would get it, frozen already or built for the purpose."""

from dataclasses import dataclass

from briefpub.domain.audience import List
from briefpub.domain.finding import Finding
from briefpub.domain.issue import Frozen, Imprint, IssueRecord
from briefpub.workflows.compose import issue_of
from briefpub.workflows.make_issue import BuildIssue, unfrozen
from briefpub.workflows.ports import Articles, Layouts, Outbox, Progress, silent


@dataclass(frozen=True, slots=True, kw_only=True)
class Proved:
    """An issue that can be looked at, and what there was to remark where it was built now."""

    frozen: Frozen
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """Gives an issue's editions without freezing them; what is frozen already is given as it is."""

    articles: Articles
    layouts: Layouts
    outbox: Outbox
    build: BuildIssue
    imprint: Imprint

    def __call__(self, record: IssueRecord, list: List, *, progress: Progress = silent) -> Proved:
        """Give the issue; raises Conflict for an article that is gone, and what the build raises."""
        there = self.outbox.frozen(record.key)
        if there:
            return Proved(frozen=there)
        gathered = self.articles.gather()
        issue = issue_of(record, list=list, imprint=self.imprint, articles=gathered.articles)
        built = self.build(issue, self.layouts.read(list.layout), progress=progress)
        paths = {article.path for article in issue.articles}
        findings = (*(found for found in gathered.findings if found.where in paths), *built.findings)
        return Proved(frozen=unfrozen(record, built), findings=findings)
