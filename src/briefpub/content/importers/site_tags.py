"""The tags of other generators within prose: Liquid, Hugo and Zola, kramdown, placeholders, wiki links.

Each is converted, taken out with a finding, or left as words; never half. What spans lines gives way to as
many line feeds, so that later findings keep the lines of the original.
"""

import re
from collections.abc import Callable

from briefpub.content.importers.codes import (
    ABBREVIATION,
    ATTRIBUTES,
    PLACEHOLDER,
    SHORTCODE,
    TEMPLATE_TAG,
    WIKI_LINK,
)
from briefpub.content.importers.rules import Found, Rule
from briefpub.content.slugs import slug_of, slug_of_path
from briefpub.content.source import escape

ARGUMENT = re.compile(
    r"(?:([\w-]+)\s*=\s*)?(?:\"((?:[^\"\\]|\\.)*)\"|'((?:[^'\\]|\\.)*)'|`([^`]*)`|([^\s\"'=,]+))", re.DOTALL
)
PICTURE = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|tiff?|svg)$", re.IGNORECASE)
KEPT_ATTRIBUTE = re.compile(r"[#.][\w-]+|(?:id|class|lang|dir)=(?:\"[^\"]*\"|[\w:-]+)")
ELSEWHERE = {
    "youtube": "https://www.youtube.com/watch?v={}",
    "vimeo": "https://vimeo.com/{}",
    "gist": "https://gist.github.com/{}",
}

# --- what becomes of each ----------------------------------------------------------------------


def _nothing(_: Found) -> str:
    return ""


def _first(found: Found) -> str:
    return found[1]


def _literal(found: Found) -> str:
    """Show a tag as words: what stands between `raw` tags, or in a shortcode that is commented out."""
    return re.sub(r"([{}%<>])", r"\\\1", re.sub(r"/\*|\*/", "", found[1]))


def _article(found: Found) -> str:
    """Give the house's link to an article for Jekyll's and Hugo's links to a file."""
    parts = tuple(part for part in found[1].strip("\"'").split("#")[0].split("/") if part)
    if not parts:
        return ""
    name = parts[-1] if "." in parts[-1] else f"{parts[-1]}.md"
    return f"article:{slug_of_path((*parts[:-1], name))}"


def _shortcode(found: Found) -> str:
    """Give a picture or a link for the shortcodes that are one, and nothing for all others."""
    name = found[1].lower()
    named: dict[str, str] = {}
    plain: list[str] = []
    for argument in ARGUMENT.finditer(found[2]):
        value = next((group for group in argument.groups()[1:] if group is not None), "")
        value = re.sub(r"\\(.)", r"\1", value)
        if argument[1]:
            named[argument[1].lower()] = value
        else:
            plain.append(value)
    source = named.get("src") or "".join(plain[:1])
    if name in {"figure", "img", "image"} and source:
        alt = escape(named.get("alt") or named.get("title") or "")
        caption = " ".join(named.get("caption", "").split()).replace('"', '\\"')
        return f'![{alt}](<{source}> "{caption}")' if caption else f"![{alt}](<{source}>)"
    if name in ELSEWHERE and (plain or "id" in named):
        path = "/".join(plain) if name == "gist" else named.get("id") or plain[0]
        return f"<{ELSEWHERE[name].format(re.sub(r'[^A-Za-z0-9_./-]', '', path))}>"
    return ""


def _attributes(found: Found) -> str:
    """Keep what the house knows of kramdown's attributes, in the form it reads."""
    kept = KEPT_ATTRIBUTE.findall(found["words"])
    return found["before"] + ("{" + " ".join(kept) + "}" if kept else "")


def _wiki(found: Found) -> str | None:
    target, label = found["target"].strip(), (found["label"] or "").strip()
    page = target.split("#")[0].strip()
    if not page or "\0" in page:
        return None
    if found["embed"] and PICTURE.search(page):
        return f"![{'' if label.isdigit() else escape(label)}](<{page}>)"
    return f"[{escape(label or target)}](article:{slug_of(page.rpartition('/')[2])})"


# --- the rules, in the order they are applied --------------------------------------------------


def _rule(pattern: str, convert: Callable[[Found], str | None], code: str = "", message: str = "") -> Rule:
    return Rule(re.compile(pattern, re.DOTALL | re.MULTILINE | re.IGNORECASE), convert, code, message)


def _tag(inner: str) -> str:
    """Give the pattern of a Liquid tag."""
    return r"\{%[-~]?\s*" + inner + r"\s*[-~]?%\}"


# What is within and between tags is bounded, so that no text makes a search quadratic.
INSIDE = r"(?:(?![%}>]\}|\{[{%]).){0,1000}?"
BETWEEN = r".{0,20000}?"
WORD = r"[#.][\w-]+|[\w-]+=(?:\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'|[\w:/.-]+)"
WORDS = rf"(?P<words>(?:{WORD})(?:\s*(?:{WORD})){{0,20}})\s*\}}"
FILTERS = r"(?:\s*\|\s*[\w-]+(?::[^|{}\n]{0,200})?){0,10}"
TO_ROOT = r"(?:prepend:\s*site\.(?:baseurl|url)|relative_url|absolute_url|relURL|absURL)"
CUTS = r"more|nextpage|excerpt|end ?excerpt|teaser_end|pelican_(?:begin|end)_summary|/?toc|read ?more"
COMMENT = "a comment was left out"
TOLD = "a template tag was left out"
CODED = "a shortcode was converted or left out"
CONTENTS = "a place for the table of contents was left out"
DRESSED = "attributes were left out"
RULES = (
    # First what hides or shows other tags.
    _rule(_tag("comment") + BETWEEN + _tag("endcomment"), _nothing, TEMPLATE_TAG, COMMENT),
    _rule(r"\{::comment\}" + BETWEEN + r"\{:/(?:comment)?\}", _nothing, ATTRIBUTES, COMMENT),
    _rule(_tag("raw") + f"({BETWEEN})" + _tag("endraw"), _literal),
    _rule(r"(\{\{[<%]\s*/\*.{0,1000}?\*/\s*[>%]\}\})", _literal),
    # Then links, which are converted.
    _rule(_tag(r"(?:post_url|link)\s+([^%\s]{1,300})"), _article),
    _rule(r"\{\{[<%]\s*(?:rel)?ref\s+(\"[^\"\n]{1,300}\"|[^\s\"<>%]{1,300})[^>%\n]{0,100}[>%]\}\}", _article),
    _rule(r"\{\{-?\s*[\"']([^\"'\n]{1,500})[\"']\s*\|\s*" + TO_ROOT + r"\s*-?\}\}", _first),
    _rule(r"\{\{-?\s*site\.(?:baseurl|url)\s*-?\}\}", _nothing),
    # Then all other tags.
    _rule(r"\{\{[<%]-?\s*([\w/.-]+)((?:(?![>%]\}\}).){0,1000}?)/?\s*[>%]\}\}", _shortcode, SHORTCODE, CODED),
    _rule(r"\{\{-?\s*([\w.-]+)\(([^()\n]{0,500})\)\s*-?\}\}", _shortcode, SHORTCODE, CODED),
    _rule(_tag(rf"(youtube|vimeo|gist)\s+({INSIDE})"), _shortcode, SHORTCODE, CODED),
    _rule(_tag(rf"[\w-]+\b{INSIDE}"), _nothing, TEMPLATE_TAG, TOLD),
    _rule(
        r"\{\{-?\s*[A-Za-z_][\w.-]*(?:\[[^\]\n]{0,80}\])?" + FILTERS + r"\s*-?\}\}",
        _nothing,
        TEMPLATE_TAG,
        TOLD,
    ),
    _rule(r"\{::[\w-]+[^{}\n]{0,300}\}|\{:/[\w-]*\}", _nothing, ATTRIBUTES, "an extension was left out"),
    # Placeholders.
    _rule(rf"<!--\s*(?:{CUTS})\b[^>\n]{{0,100}}-->", _nothing, PLACEHOLDER, "a placeholder was left out"),
    _rule(r"^[ \t]*[*-] \S[^\n]{0,80}\n[ \t]*\{:toc[^}\n]{0,40}\}[ \t]*$", _nothing, PLACEHOLDER, CONTENTS),
    _rule(r"^[ \t]*(?:\[TOC\]|\[\[_?TOC_?\]\]|\$\{toc\}|\{:toc\})[ \t]*$", _nothing, PLACEHOLDER, CONTENTS),
    # kramdown's attributes: alone on a line, defined for later, on a heading, behind a link or a code span.
    _rule(r"^(?P<before>[ >\t]*)\{:\s*" + WORDS + r"[ \t]*$", _attributes),
    _rule(r"^[ >\t]*\{:[\w-]+(?::[^{}\n]{0,200})?\}[ \t]*$", _nothing, ATTRIBUTES, DRESSED),
    _rule(r"(?P<before>^#{1,6}\s[^\n]{1,500}?\s)\{:\s*" + WORDS + r"[ \t]*$", _attributes),
    _rule(r"(?P<before>[\])\x01])\{:?\s*" + WORDS, _attributes),
    _rule(r"(?<=[*_~\s])\{:\s*" + WORDS, _nothing, ATTRIBUTES, DRESSED),
    # Abbreviations, and last the wiki's links.
    _rule(r"^\*\[[^\]\n]{1,80}\]:[^\n]*$", _nothing, ABBREVIATION, "an abbreviation's meaning was left out"),
    _rule(
        r"(?P<embed>!?)\[\[(?P<target>[^\[\]|^;\n]{1,200})(?:\|(?P<label>[^\[\]\n]{0,200}))?\]\](?![\[(:])",
        _wiki,
        WIKI_LINK,
        "a wiki link was converted",
    ),
)
