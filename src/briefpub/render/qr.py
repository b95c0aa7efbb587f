"""The QR code of an address, as SVG that says what it leads to (the only file that knows segno)."""

import segno

# Level M restores 15 % of the modules (ISO/IEC 18004:2015, 7.5.1): enough for a clean print.
LEVEL = "m"
# ISO/IEC 18004:2015, 6.3.8 asks for a quiet zone of four modules; the paper around ours gives the rest.
QUIET_ZONE = 2


def qr_svg(address: str, *, title: str, dark: str = "#000000") -> str:
    """Draw `address` as an SVG element that scales with its box; `title` is its alternative text.

    Gives nothing for an address that no code can hold (2,331 bytes at level M).
    """
    try:
        code = segno.make(address, error=LEVEL, micro=False)
    except segno.DataOverflowError:
        return ""
    return str(
        code.svg_inline(
            title=title,
            dark=dark,
            light=None,
            border=QUIET_ZONE,
            omitsize=True,
            svgclass=None,
            lineclass=None,
        )
    )
