"""The checklist of receivers, line 11: what mail programs are known to draw, against what our pages use."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import tinycss2  # type: ignore[import-untyped]
from mailbench import page
from posted import DATA, DEVICE, Mail, Posted

KNOWN = json.loads((DATA / "caniemail.json").read_text(encoding="utf-8"))
# A feature that no program has measured, or that is written for one program alone.
FOR_ONE = {
    "-webkit-text-size-adjust": "iPhones enlarge small type in landscape without it; others know no such name",
    "mso-hide": "hides the preheader in Outlook, which reads no `display`",
    "supported-color-schemes": "the name `color-scheme` had in Apple Mail of 2019",
    "color": "every program draws colours; caniemail does not ask",
    "stress": "italics are older than mail programs",
    "table elements": "every program draws rows, cells and heads where it draws a table",
    "sub and sup": "raised and lowered by every program",
    "dl": "drawn as paragraphs where it is not known",
    "scope": "tells a screen reader which cells a head stands over",
}
# What may be missing somewhere, since nothing is lost but looks: each with what is seen there instead.
ENHANCEMENTS = {
    "css-at-media": "the page is fluid without it; margins and type are only a little large on a telephone",
    "css-at-media-prefers-color-scheme": "programs without it stay light, or darken the colours by themselves",
    "css-color-scheme": "the same",
    "html-meta-color-scheme": "the same",
    "html-style": "everything that matters stands in style attributes",
    "css-important": "only within @media and for Outlook.com's dark scheme",
    "css-selector-attribute": "only for Outlook.com's dark scheme, which has it",
    "css-selector-class": "only within the style element",
    "css-selector-chaining": "only within the style element",
    "css-selector-descendant": "only within the style element",
    "css-selector-grouping": "only within the style element",
    "css-selector-type": "only within the style element",
    "css-max-width": "Outlook gets its 600 pixels by a table in a conditional comment, pictures by `width`",
    "css-max-height": "one of the preheader's seven ways to hide",
    "css-opacity": "one of the preheader's seven ways to hide",
    "css-visibility": "one of the preheader's seven ways to hide",
    "css-overflow": "one of the preheader's seven ways to hide",
    "css-display-none": "one of the preheader's seven ways to hide; Outlook has mso-hide",
    "css-display": "pictures stand in lines of their own without it",
    "css-height": "`auto` only, so that a narrowed picture keeps its shape",
    "css-width": "a picture has its width as an attribute too",
    "css-margin": "Outlook takes `auto` for nothing: the rule between parts stands at the left",
    "css-padding": "cells keep theirs everywhere; paragraphs lose theirs in Outlook",
    "css-border": "a line is missing",
    "css-background-color": "code stands on the page's own ground",
    "css-letter-spacing": "letters stand as the face has them",
    "css-line-height": "Outlook sets its own",
    "css-text-decoration": "a title, which is a link, is underlined",
    "css-text-decoration-color": "the underline has the words' own colour",
    "css-text-transform": "a kicker is not in capitals",
    "css-text-align": "cells stand at the left",
    "css-white-space": "long lines of code run on",
    "css-font-weight": "a heading is as light as the rest",
    "css-font-size": "a program's own size stands instead",
    "html-dir": "Orange takes it from cells, so a division in the cell says it again",
    "html-lang": "Yahoo takes it from cells, so a division in the cell says it again",
    "html-role": "a screen reader tells of a table",
    "html-aria-label": "a screen reader reads the number alone",
    "html-body": "the ground of the page is the table's own",
    "html-doctype": "a webmail has its own",
    "html-lists": "items are set as paragraphs",
    "html-code": "code is set as the rest",
    "html-strike": "a mistake is not struck out",
    "html-width": "columns are as wide as their words",
    "html-height": "a picture's place is not kept while it loads",
    "html-mailto-links": "the address is to be read in the text part",
}
# Names of elements and attributes where they are not the slug's own.
ELEMENTS = {
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6"), "html-h1-h6"),
    **dict.fromkeys(("ul", "ol", "li"), "html-lists"),
    **dict.fromkeys(("em", "b", "i", "cite", "q", "mark"), "stress"),
    **dict.fromkeys(("tr", "td", "th", "thead", "tbody", "caption"), "table elements"),
    **dict.fromkeys(("sub", "sup"), "sub and sup"),
    **dict.fromkeys(("dl", "dt", "dd"), "dl"),
    **dict.fromkeys(("html", "head", "title", "br", "meta"), ""),
    "a": "",
    "s": "html-strike",
    "body": "html-body",
}
ATTRIBUTES = {
    **dict.fromkeys(("href", "src", "alt", "class", "style", "name", "content", "charset"), ""),
    **dict.fromkeys(("border", "bgcolor", "start", "type", "aria-roledescription", "hreflang"), ""),
}
SHORT = ("border", "margin", "padding", "font", "background")
UNITS = {"px": "css-unit-px", "em": "css-unit-em", "rem": "css-unit-rem"}


def features_of(root: Any) -> dict[str, str]:
    """Give the features a page uses, by caniemail's names, each with where it was seen."""
    found: dict[str, str] = {"html-doctype": "doctype", "html-comments": "conditional comments"}
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        name = ELEMENTS.get(element.tag, f"html-{element.tag}")
        found.setdefault(name, f"<{element.tag}>")
        for attribute, value in element.attrib.items():
            where = f"<{element.tag} {attribute}>"
            if attribute == "style":
                for feature in declared(tinycss2.parse_blocks_contents(value)):
                    found.setdefault(feature, f'style="{value}"')
            elif attribute == "name" and value == "color-scheme":
                found.setdefault("html-meta-color-scheme", where)
            elif attribute == "href" and value.startswith("mailto:"):
                found.setdefault("html-mailto-links", where)
            elif attribute == "scope":
                found.setdefault("scope", where)
            elif not attribute.startswith("xmlns"):
                found.setdefault(ATTRIBUTES.get(attribute, f"html-{attribute}"), where)
        if element.tag == "style":
            for feature, where in ruled(tinycss2.parse_stylesheet(element.text, skip_whitespace=True)):
                found.setdefault(feature, where)
    found.pop("", None)
    return found


def ruled(rules: Any) -> Iterator[tuple[str, str]]:
    for rule in rules:
        where = rule.serialize()[:60]
        assert rule.type in {"at-rule", "qualified-rule"}, where
        prelude = tinycss2.serialize(rule.prelude)
        if rule.type == "at-rule":
            yield f"css-at-{rule.lower_at_keyword}", where
            for condition in re.findall(r"prefers-[a-z-]+", prelude):
                yield f"css-at-{rule.lower_at_keyword}-{condition}", where
            inner = tinycss2.parse_blocks_contents(rule.content, skip_whitespace=True)
            assert all(one.type == "qualified-rule" for one in inner), "a nested at-rule drops the sheet"
            yield from ruled(inner)
            continue
        for feature in selected(prelude):
            yield feature, where
        for feature in declared(tinycss2.parse_blocks_contents(rule.content)):
            yield feature, where


def selected(selector: str) -> Iterator[str]:
    for pattern, feature in (
        (r",", "css-selector-grouping"),
        (r"\S\s+[^\s,>+~]", "css-selector-descendant"),
        (r"\.[\w-]+\.[\w-]", "css-selector-chaining"),
        (r"\.[a-z]", "css-selector-class"),
        (r"\[", "css-selector-attribute"),
        (r"(?:^|[\s,])[a-z]", "css-selector-type"),
        (r"#", "css-selector-id"),
        (r"\*", "css-selector-universal"),
        (r">", "css-selector-child"),
        (r"\+", "css-selector-adjacent-sibling"),
        (r"~", "css-selector-general-sibling"),
    ):
        if re.search(pattern, selector.replace(", ", ",")):
            yield feature
    for state in re.findall(r"(?<!:):([a-z-]+)", selector):
        yield "" if state == "root" else f"css-pseudo-class-{state}"
    for part in re.findall(r"::([a-z-]+)", selector):
        yield f"css-pseudo-element-{part}"


def declared(declarations: Any) -> Iterator[str]:
    for one in declarations:
        if one.type in {"whitespace", "comment"}:
            continue
        assert one.type == "declaration", one
        value = tinycss2.serialize(one.value)
        yield feature_of(one.lower_name)
        if one.lower_name == "display" and "none" in value:
            yield "css-display-none"
        if one.important:
            yield "css-important"
        for unit in re.findall(r"(?<=\d)(px|em|rem|vw|vh|pt|ch|ex)\b", value):
            yield f"css-unit-{unit}"
        if "%" in value:
            yield "css-unit-percent"
        for function in re.findall(r"([a-z-]+)\(", value):
            yield f"css-function-{function}"


def feature_of(name: str) -> str:
    if name in FOR_ONE or f"css-{name}" in KNOWN["features"]:
        return name if name in FOR_ONE else f"css-{name}"
    if re.fullmatch(r"(margin|padding)-(block|inline)-(start|end)", name):
        return f"css-{name.rpartition('-')[0]}-start-end"
    short = name.partition("-")[0]
    if short in SHORT and not name.endswith(("-radius", "-image", "-inline", "-block")):
        return f"css-{short}"
    return f"css-{name}"


PAGES = ("solene@example.net", "one@example.net", "told@example.net", DEVICE)


def used_in(mail: Mail) -> dict[str, str]:
    return features_of(page(mail.text("html").encode()))


@pytest.mark.parametrize("address", PAGES)
def test_line_11_every_feature_is_drawn_everywhere_or_is_no_loss(posted: Posted, address: str) -> None:
    for feature, where in used_in(posted.mail(address)).items():
        if feature in FOR_ONE:
            continue
        known = KNOWN["features"].get(feature)
        assert known is not None, f"{feature} is not in tests/data/caniemail.json; it is in {where}"
        poor = {client: support for client, support in known.items() if not support.startswith(("y", "u"))}
        assert not poor or feature in ENHANCEMENTS, f"{feature}, as in {where}, is poor in {poor}"


def test_line_11_the_list_of_what_may_be_missing_names_nothing_that_is_not_used(posted: Posted) -> None:
    used = {feature for address in PAGES for feature in used_in(posted.mail(address))}
    assert set(KNOWN["features"]) <= used, "the table holds only what is used"
    poor = {
        feature
        for feature, clients in KNOWN["features"].items()
        if any(not support.startswith(("y", "u")) for support in clients.values())
    }
    assert set(ENHANCEMENTS) <= poor & used
    assert set(FOR_ONE) <= used


@pytest.mark.parametrize("address", PAGES)
def test_line_11_what_some_programs_break_is_written_as_they_take_it(posted: Posted, address: str) -> None:
    text = posted.mail(address).text("html")
    # Orange drops a declaration that has no blank before it.
    assert not re.search(r"[^ ]!important", text)
    for cell in page(text.encode()).iter("td"):
        for name in {"dir", "lang"} & set(cell.keys()):
            (inner,) = cell.findall("div")
            assert inner.get(name) == cell.get(name)


def test_line_11_a_link_in_another_script_stays_at_its_rows_side(posted: Posted) -> None:
    text = posted.mail("solene@example.net").text("html")
    assert page(text.encode()).xpath("//p[@class='row']/a[@dir='rtl']")
    # As a block it would begin at the other side of the column.
    assert not re.search(r"\ba\{[^}]*display:block", text)


def test_line_11_the_table_covers_the_programs_we_promise(posted: Posted) -> None:
    families = {client.partition(".")[0] for client in KNOWN["clients"]}
    assert families == {
        *("apple-mail", "gmail", "laposte", "orange", "outlook", "samsung-email", "sfr", "thunderbird"),
        "yahoo",
    }
    assert {"outlook.windows", "outlook.outlook-com"} <= set(KNOWN["clients"])
    assert KNOWN["licence"].startswith("MIT")
