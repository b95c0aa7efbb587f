"""Markdown of other generators: front matter kept, site syntax converted or told, code exactly as written."""

import contextlib
import datetime as dt

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from briefpub.content import frontmatter
from briefpub.content.importers.markdown import read
from briefpub.content.importers.prose import pieces_of
from briefpub.domain.errors import ContentError
from briefpub.domain.importing import Imported


def imported(text: str, name: str = "a.md", language: str = "en") -> Imported:
    return read(text.encode(), name=name, language=language)


def front(text: str, name: str = "a.md", language: str = "en") -> frontmatter.Front:
    return frontmatter.read(imported(text, name, language).source, path=name).front


def body(text: str) -> str:
    """Give what becomes of a body, without the blank lines around it."""
    source = imported(f"---\ntitle: T\nlang: en\n---\n\n{text}\n").source
    return frontmatter.read(source, path="a.md").body.strip("\n")


def codes(text: str) -> list[tuple[str, int | None]]:
    return [(each.code, each.line) for each in imported(f"---\ntitle: T\nlang: en\n---\n\n{text}\n").findings]


# --- front matter -----------------------------------------------------------------------------


def test_a_file_that_needs_nothing_stays_as_it_is() -> None:
    text = "---\n# mine\ntitle: 'A: b'\nlang: fr\ndate: 2020-01-02\nlayout: post\nnested:\n  - a: 1\n---\n\nWords.\n"
    assert imported(text, language="en").source == text
    toml = '+++\ntitle = "A"\nlang = "fr"\ndate = 2020-01-02\n\n[extra]\nrelease = true\n+++\n\nWords.\n'
    assert imported(toml).source == toml


@pytest.mark.parametrize(
    ("name", "slug", "date"),
    [
        ("_posts/2026-01-02-the-slug.md", "the-slug", dt.date(2026, 1, 2)),
        ("content/posts/2026-01-02-the-slug/index.md", "the-slug", dt.date(2026, 1, 2)),
        ("blog/2024/07/25/The Slug.md", "the-slug", dt.date(2024, 7, 25)),
        ("the-slug.markdown", "the-slug", None),
        ("2026-13-45-the-slug.md", "the-slug", None),
    ],
)
def test_name_and_folders_give_slug_and_date(name: str, slug: str, date: dt.date | None) -> None:
    text = "---\ntitle: T\n---\nWords.\n"
    assert imported(text, name).slug == slug
    assert front(text, name).date == date


def test_a_date_may_stand_in_another_key_s_path() -> None:
    assert front('+++\ntitle = "T"\npath = "2016/04/19/MIR"\n[extra]\nx = 1\n+++\n').date == dt.date(
        2016, 4, 19
    )
    assert front("---\ntitle: T\ndate: 2020-02-03\npermalink: /2016/04/19/x/\n---\n").date == dt.date(
        2020, 2, 3
    )


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("# The *first* heading\n\nWords.", "The first heading"),
        ("Words.\n\n## The first heading\n\nWords.", "The first heading"),
        ("The first heading\n===\n\nWords.", "The first heading"),
        ("---\ntitle: ''\nlang: fr\n---\n\n# The first heading\n", "The first heading"),
        ('+++\ntitle = ""\n[extra]\na = 1\n+++\n# The "first" heading\n', 'The "first" heading'),
        ("---\ntitle:\n---\n# The first heading\n", "The first heading"),
    ],
)
def test_a_title_comes_from_the_first_heading(text: str, title: str) -> None:
    assert front(text).title == title


def test_without_title_or_language_both_are_told_and_none_invented() -> None:
    got = imported("Lorem ipsum dolor.", "notes/lorem.md", language="")
    assert {each.code for each in got.findings} == {"I010", "I011"}
    assert got.slug == "lorem"
    assert got.source == "\nLorem ipsum dolor.\n"


def test_the_file_s_own_language_wins_and_else_the_words_decide() -> None:
    assert front("---\ntitle: T\nlang: fr\n---\nx", language="en").lang == "fr"
    assert front("---\ntitle: T\n---\nx", language="de").lang == "de"
    assert (
        front("---\ntitle: T\n---\nLe chat est sur la table et il ne veut pas du lait.", language="").lang
        == "fr"
    )


def test_description_and_image_stand_in_for_standfirst_and_photo() -> None:
    got = front("---\ntitle: T\ndescription: |\n  Two\n  lines\nimage: /i/a.jpg\n---\n")
    assert got.standfirst == "Two lines"
    assert got.photo
    assert got.photo.file == "/i/a.jpg"
    toml = front(
        '+++\ntitle = "T"\ndescription = "A \\"b\\""\nimage = "a.jpg"\n[taxonomies]\ntags = ["x"]\n+++\n'
    )
    assert (toml.standfirst, toml.photo and toml.photo.file) == ('A "b"', "a.jpg")
    kept = front("---\ntitle: T\nstandfirst: Mine\ndescription: Theirs\nimage: {path: a.jpg}\n---\n")
    assert (kept.standfirst, kept.photo) == ("Mine", None)


def test_a_key_of_ours_with_another_s_value_is_renamed_and_told() -> None:
    got = imported("---\ntitle: T\ndate: Jan 2, 2020\nstatus: publish\n---\nWords.\n")
    assert "original_date: Jan 2, 2020\noriginal_status: publish\n" in got.source
    assert [(each.code, each.line) for each in got.findings] == [("I017", 3), ("I017", 4)]


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: 'open\n---\nWords.\n",
        "---\n- a\n- b\n---\nWords.\n",
        "+++\ntitle = \n+++\n",
        "---\ntitle: T\nno end",
        "---\na: &a [*a]\ntitle: T\n---\n",
    ],
)
def test_front_matter_that_cannot_be_read_is_one_error_with_its_line(text: str) -> None:
    with pytest.raises(ContentError) as caught:
        imported(text)
    assert caught.value.path == "a.md"
    assert caught.value.line


def test_the_headers_of_pelican_and_nikola_become_front_matter() -> None:
    pelican = "Title: My post: one\nDate: 2010-12-03 10:20\nCategory: Python\nTags: a, b\nSlug: my-post\nAuthors: Ana\n\nWords.\n"
    got = front(pelican)
    assert (got.title, got.date, got.slug, got.authors) == (
        "My post: one",
        dt.date(2010, 12, 3),
        "my-post",
        ("Ana",),
    )
    assert dict(got.extra)["category"] == "Python"
    nikola = "<!--\n.. title: My post\n.. slug: my-post\n.. date: 2012-09-15 19:52:05 UTC\n-->\n\nWords.\n"
    got = front(nikola)
    assert (got.title, got.date, got.slug) == ("My post", dt.date(2012, 9, 15), "my-post")
    assert imported(nikola).source.endswith("\nWords.\n")
    assert imported("Note: this is a sentence.\n\nWords.\n").source.endswith(
        "\nNote: this is a sentence.\n\nWords.\n"
    )


# --- site syntax ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "becomes", "code"),
    [
        # Liquid
        ("a {% include nav.html x='%' %}b", "a b", "I001"),
        ("a {%- if x -%}b{%- endif -%} c", "a b c", "I001"),
        ("a {{ page.title | escape }} b", "a  b", "I001"),
        ("a {% comment %}hidden\n\nwords{% endcomment %} b", "a \n\n b", "I001"),
        ("[a]({% post_url 2016-07-26-name-of-post %})", "[a](article:name-of-post)", ""),
        ("[a]({% link _posts/2016-07-26-name-of-post.md %})", "[a](article:name-of-post)", ""),
        ("![a]({{ site.baseurl }}/i/a.png)", "![a](/i/a.png)", ""),
        ("![a]({{ '/i/a.png' | relative_url }})", "![a](/i/a.png)", ""),
        ("{% raw %}{{ shown }}{% endraw %}", r"\{\{ shown \}\}", ""),
        ("{{ two words }} and {% and {{", "{{ two words }} and {% and {{", ""),
        # Hugo and Zola
        (
            '{{< figure src="/i/a b.jpg" alt="An *alt*" caption="A \\"cap\\"" >}}',
            '![An \\*alt\\*](</i/a b.jpg> "A \\"cap\\"")',
            "I002",
        ),
        ("{{< youtube abc-123 >}}", "<https://www.youtube.com/watch?v=abc-123>", "I002"),
        ('{{ youtube(id="abc", class="x") }}', "<https://www.youtube.com/watch?v=abc>", "I002"),
        ("{% vimeo 123 %}", "<https://vimeo.com/123>", "I002"),
        ("{{< gist ana 5a1e >}}", "<https://gist.github.com/ana/5a1e>", "I002"),
        ("{{% notice tip %}}inner{{% /notice %}}", "inner", "I002"),
        ("{{</* figure src=x */>}}", r"\{\{\< figure src=x \>\}\}", ""),
        ('[a]({{< ref "posts/2020-02-03-other.md#part" >}})', "[a](article:other)", ""),
        ('[a]({{% relref "other" %}})', "[a](article:other)", ""),
        # kramdown
        ("Words\n{: .lead #first}", "Words\n{.lead #first}", ""),
        ("## Heading {:.no_toc}", "## Heading {.no_toc}", ""),
        ('[a](b){:target="_blank"} [a](b){: .x rel="me"}', "[a](b) [a](b){.x}", ""),
        ("`c`{:.lang} *e*{:.x}", "`c`{.lang} *e*", "I004"),
        ("* TOC\n{:toc}\n\nWords", "\n\n\nWords", "I005"),
        ("{::comment}hidden{:/comment}a {::nomarkdown}b{:/}", "a b", "I004"),
        ("Words\n{:ref: .x}", "Words\n", "I004"),
        ("Print it with {:?} or {:#?} or {:>8}", "Print it with {:?} or {:#?} or {:>8}", ""),
        # placeholders and the rest
        ("a\n\n<!--more-->\n\nb", "a\n\n\n\nb", "I005"),
        ("a\n\n<!-- TEASER_END -->\n\n[TOC]\n\nb", "a\n\n\n\n\n\nb", "I005"),
        ("<!-- a note -->", "<!-- a note -->", ""),
        ("HTML is HTML.\n\n*[HTML]: Hyper Text", "HTML is HTML.", "I006"),
        ("*[Update](https://example.org)*", "*[Update](https://example.org)*", ""),
        (
            "[[Some Page]] and [[a/Other#part|label *x*]]",
            r"[Some Page](article:some-page) and [label \*x\*](article:other)",
            "I007",
        ),
        ("![[a picture.png|200]]", "![](<a picture.png>)", "I007"),
        ("[[1]](#x) [[T; N]] [[x]]: [[^1]]", "[[1]](#x) [[T; N]] [[x]]: [[^1]]", ""),
        (":smile: stays :+1:", ":smile: stays :+1:", ""),
        ("> [!NOTE]\n> Words", "> **Note**\n>\n> Words", ""),
    ],
)
def test_a_tag_is_converted_told_or_left_as_words(written: str, becomes: str, code: str) -> None:
    assert body(written).strip("\n") == becomes.strip("\n")
    assert {each for each, _ in codes(written)} == ({code} if code else set())


def test_findings_keep_the_lines_of_the_original() -> None:
    text = "{% comment %}\na\n{% endcomment %}\n\n{% a %}\n\n```\n{% code %}\n```\n\n`x` {% b %}\n*[A]: b"
    assert codes(text) == [("I001", 6), ("I001", 10), ("I001", 16), ("I006", 17)]


@pytest.mark.parametrize(
    ("written", "becomes"),
    [
        (
            "::: warning Careful *now*\nInner.\n:::",
            '<div class="warning">\n\n**Careful \\*now\\***\n\nInner.\n\n</div>',
        ),
        (":::tip[Title]\na\n:::", '<div class="tip">\n\n**Title**\n\na\n\n</div>'),
        ("::: {.aside #s lang=la}\na\n:::", '<div class="aside" id="s" lang="la">\n\na\n\n</div>'),
        (":::: a\n::: b\nx\n:::\n::::", '<div class="a">\n\n\n<div class="b">\n\nx\n\n</div>\n\n\n</div>'),
        ("> ::: note\n> a\n> :::", '>\n> <div class="note">\n>\n> a\n>\n> </div>\n>'),
        ('::: "x" : y', '::: "x" : y'),
    ],
)
def test_a_container_becomes_a_division(written: str, becomes: str) -> None:
    assert body(written).strip("\n") == becomes


def test_a_container_left_open_or_only_closed_is_told() -> None:
    assert codes("a\n\n:::\n\n::: note\n\nb") == [("I003", 8), ("I003", 10)]
    assert body("::: note\n\nb").endswith("b\n\n\n</div>")


CODE = "{% x %} {{ y }} [[z]] ::: note <!--more--> {:.a} *[A]: b {{< c >}}"


@pytest.mark.parametrize(
    "block",
    [
        f"```\n{CODE}\n:::\n[TOC]\n```",
        f"~~~~ text\n{CODE}\n```\n{CODE}\n~~~~",
        f"- item\n\n  ```\n  {CODE}\n  ```",
        f"> ```\n> {CODE}\n> ```",
        f"1. item\n\n        {CODE}",
        f"    {CODE}\n\n    {CODE}",
        f"\t{CODE}",
        f"Words `{CODE}` words.",
        f"Words ``a ` {CODE}`` words.",
        f"Words `over\n{CODE}\nlines` words.",
        f"```\nnever closed\n{CODE}",
    ],
)
def test_code_comes_out_exactly_as_it_went_in(block: str) -> None:
    assert body(block).rstrip("\n") == block
    assert codes(block) == []


def test_highlighted_code_becomes_a_fence_and_stays() -> None:
    for begin, end in (
        ("{% highlight ruby linenos %}", "{% endhighlight %}"),
        ('{{< highlight ruby "linenos=true" >}}', "{{< /highlight >}}"),
    ):
        assert body(f"{begin}\n{CODE}\n```\n{end}\n\nWords.") == f"````ruby\n{CODE}\n```\n````\n\nWords."
    assert body("{% highlight c %}\nint x;") == "```c\nint x;\n\n```"


def test_prose_behind_code_is_prose_again() -> None:
    assert body("```\na\n```\n{% x %}b") == "```\na\n```\nb"
    assert body("> ```\n> a\n\n{% x %}b") == "> ```\n> a\n\nb"
    assert body("- item\n\n    {% x %}b") == "- item\n\n    b"
    assert body("a ` b {% x %} c") == "a ` b  c"
    assert body(r"a \` {% x %} ` b") == r"a \`  ` b"


def test_controls_and_foreign_encodings_are_told() -> None:
    got = read(b"---\ntitle: T\nlang: fr\n---\n\nd\xe9j\xe0 \x01 vu\n", name="a.md", language="")
    assert got.source.endswith("\ndéjà  vu\n")
    assert {each.code for each in got.findings} == {"A011", "A013"}
    with pytest.raises(ContentError, match="10 MB"):
        read(b" " * 10_000_001, name="a.md", language="")


# --- properties -------------------------------------------------------------------------------


SYNTAX = st.lists(
    st.sampled_from(
        [
            "{%",
            "%}",
            "{{",
            "}}",
            "{{<",
            ">}}",
            "`",
            "``",
            "```",
            "~~~",
            "\n",
            "\n\n",
            "    ",
            "> ",
            "- ",
            ":::",
            " note",
            "[[",
            "]]",
            "|",
            "{:",
            "}",
            ".x",
            "*[A]: ",
            "raw",
            "endraw",
            "comment",
            "<!--more-->",
            "\\",
            "word",
            "#",
            "---\n",
            "+++\n",
            "title: x\n",
            "é",
            "\0",
            "\1",
        ]
    ),
    max_size=30,
).map("".join)


@given(st.one_of(SYNTAX, st.text(max_size=200)))
@example("{% raw %}`{% endraw %}`")
@example("`\n\n`")
def test_any_text_gives_an_article_or_one_clear_error(text: str) -> None:
    with contextlib.suppress(ContentError):
        got = read(text.encode("utf-8", "surrogatepass"), name="any.md", language="")
        assert got.slug
        assert not {"\0", "\1"} & set(got.source)


@given(SYNTAX)
def test_pieces_are_the_whole_body(text: str) -> None:
    pieces = list(pieces_of(text, first_line=5))
    if "highlight" not in text:
        assert "\n".join(piece.text for piece in pieces) == text
    assert all(pieces[at].is_code != pieces[at + 1].is_code for at in range(len(pieces) - 1))
    assert [piece.line for piece in pieces[:1]] == [5]
