"""A layout as it was read: template and style texts by file name, fonts by path, tokens by name."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class LayoutFile:
    """One template or style sheet, and the path an editor would open to mend it."""

    path: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """A folder of `layouts/`, laid over the default one file by file.

    `files` holds `digest.html.j2`, `brief.css` and so on; `fonts` maps a font's file name to its path,
    and `webfonts` a WOFF2 file name to its bytes; `tokens` holds the custom properties of `tokens.css`
    without their dashes, for the renderers whose readers know no `var()`; `dark` those that its dark
    scheme changes. `fingerprint` covers every byte of it.
    """

    name: str
    files: Mapping[str, LayoutFile]
    fonts: Mapping[str, str] = field(default_factory=dict)
    webfonts: Mapping[str, bytes] = field(default_factory=dict)
    tokens: Mapping[str, str] = field(default_factory=dict)
    dark: Mapping[str, str] = field(default_factory=dict)
    fingerprint: str = ""
