"""Make a layout's own fonts the first that the PDF renderer finds, whatever the machine has installed.

Fontconfig reads one private configuration instead of the system's: the layout's folders, then the system's
fonts for scripts that the layout does not cover. WeasyPrint finds the families by name; an `@font-face`
would lose against an installed family of the same name and be read again for every document.
"""

import os
from pathlib import Path
from xml.sax.saxutils import escape

from briefpub.domain.errors import LayoutError
from briefpub.domain.layout import Layout
from briefpub.kit import safeio

# Where Linux, the BSDs and macOS keep fonts; a folder that is not there is passed over.
SYSTEM_FOLDERS = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/System/Library/Fonts",
    "/Library/Fonts",
    "~/Library/Fonts",
)
# WOFF2 is for browsers: the same families again, and cut down to fewer letters.
BROWSER_ONLY = ("*.woff", "*.woff2")
OUTLINES = frozenset({".ttf", ".otf", ".ttc", ".otc"})


def prepare_fonts(layout: Layout, folder: Path) -> Path:
    """Write the configuration that names `layout`'s fonts into `folder` and point this process at it.

    Call it before the PDF renderer runs, in the process in which it runs: it sets FONTCONFIG_FILE. Gives the
    file written; its name follows from what it says, so that processes may share the folder.
    Raises LayoutError for a font file that is not there, and OSError where `folder` cannot be written.
    """
    for name, path in layout.fonts.items():
        if not Path(path).is_file():
            raise LayoutError(
                f"the layout's font {name!r} is not there",
                where=path,
                hint="put the file back, or take its family out of the layout's style sheets",
            )
    file = folder.absolute() / "fonts.conf"
    text = configuration(layout, folder.absolute()).encode()
    if not file.is_file() or file.read_bytes() != text:
        safeio.place_file(file, text)
    os.environ["FONTCONFIG_FILE"] = str(file)
    return file


def configuration(layout: Layout, folder: Path) -> str:
    """Write a Fontconfig configuration (fonts-conf(5)): the layout's folders come first and win."""
    fonts = frozenset(Path(path).absolute() for path in layout.fonts.values())
    own = sorted({path.parent for path in fonts})
    # A font that the editor's own layout replaces still lies in the default one's folder.
    replaced = [
        str(path)
        for parent in own
        for path in sorted(parent.iterdir())
        if path.suffix.lower() in OUTLINES and path not in fonts
    ]
    folders = "\n".join(f"  <dir>{escape(str(path))}</dir>" for path in (*own, *SYSTEM_FOLDERS))
    refused = "".join(f"<glob>{escape(glob)}</glob>" for glob in (*BROWSER_ONLY, *replaced))
    return f"""<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
{folders}
  <selectfont><rejectfont>{refused}</rejectfont></selectfont>
  <cachedir>{escape(str(folder / "fontconfig"))}</cachedir>
</fontconfig>
"""
