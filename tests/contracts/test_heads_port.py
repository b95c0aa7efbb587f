"""What choosing is told of articles: the fake, the index, and the index again agree with reading everything."""

from collections.abc import Callable
from pathlib import Path

import pytest
from desk import RED, Desk, essay
from fakes import FakeArticles, FakeHeads

from briefpub.domain.article import Heads
from briefpub.workflows.ports import ArticleHeads, Articles


class Real:
    """The index over a desk's folder."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def heads(self) -> Heads:
        return self.desk.heads()


def fake(desk: Desk) -> ArticleHeads:
    gathered = desk.folder().gather()
    return FakeHeads(FakeArticles(articles=gathered.articles, findings=gathered.findings))


def first(desk: Desk) -> ArticleHeads:
    return Real(desk)


def again(desk: Desk) -> ArticleHeads:
    desk.heads()
    return Real(desk)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    desk = Desk(tmp_path)
    desk.write("b/index.md", essay("B", "TODO\n\n![](p.png) [a](a.md)", date="2026-11-02", tags="[x, y]"))
    desk.write("b/p.png", RED)
    desk.write("a.md", essay("A", "Word " * 500, status="draft", related="[nowhere]"))
    desk.write("c.md", essay("C", slug="a"))
    desk.write("d.md", "---\ntitle: [\n---\n")
    return desk


@pytest.mark.parametrize("make", [fake, first, again])
def test_heads_tell_what_gathering_and_checking_would(
    desk: Desk, make: Callable[[Desk], ArticleHeads]
) -> None:
    articles: Articles = desk.folder()
    gathered = articles.gather()
    heads = make(desk).heads()
    assert [
        (head.id, head.title, head.language, head.path, head.date, head.tags, head.status, head.minutes)
        for head in heads.heads
    ] == [
        (each.id, each.title, each.language, each.path, each.date, each.tags, each.status, each.minutes())
        for each in gathered.articles
    ]
    assert [[finding.code for finding in head.findings] for head in heads.heads] == [
        ["A007"],
        ["A004", "A031"],
    ]
    assert [(finding.code, finding.where) for finding in heads.findings] == [
        ("A006", "articles/c.md"),
        ("A001", "articles/d.md"),
    ]
    told = {*heads.findings, *(finding for head in heads.heads for finding in head.findings)}
    assert told >= set(gathered.findings)
