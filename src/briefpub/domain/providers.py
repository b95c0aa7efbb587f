"""Which mail domains a large provider receives for: its name as a receiving site, and its domains.

A provider counts what reaches all its domains together, so they share one site. Names have no dot: no
domain can be taken for one.
"""

PROVIDERS: dict[str, tuple[str, ...]] = {
    "gmail": ("gmail.com", "googlemail.com"),
    "microsoft": (
        "outlook.com", "outlook.fr", "outlook.de", "outlook.es", "outlook.it", "outlook.pt", "outlook.be",
        "hotmail.com", "hotmail.fr", "hotmail.co.uk", "hotmail.de", "hotmail.es", "hotmail.it", "hotmail.be",
        "hotmail.ch", "hotmail.nl", "hotmail.ca", "hotmail.gr", "hotmail.com.br",
        "live.com", "live.fr", "live.co.uk", "live.be", "live.nl", "live.it", "live.ca", "live.de",
        "msn.com", "windowslive.com", "passport.com",
    ),
    "yahoo": (
        "yahoo.com", "yahoo.fr", "yahoo.co.uk", "yahoo.de", "yahoo.es", "yahoo.it", "yahoo.gr", "yahoo.ca",
        "yahoo.com.br", "yahoo.com.ar", "yahoo.com.mx", "yahoo.com.au", "yahoo.co.in", "yahoo.in", "yahoo.ie",
        "yahoo.be", "yahoo.nl", "yahoo.ro", "yahoo.se", "yahoo.com.vn", "ymail.com", "rocketmail.com",
        "aol.com", "aol.fr", "aol.co.uk", "aim.com", "netscape.net", "verizon.net",
        # moved to Yahoo's servers in June 2025
        "att.net", "sbcglobal.net", "bellsouth.net", "pacbell.net", "ameritech.net", "prodigy.net",
    ),
    "orange": ("orange.fr", "wanadoo.fr", "voila.fr"),
    "sfr": (
        "sfr.fr", "neuf.fr", "cegetel.net", "club-internet.fr", "9online.fr", "9business.fr",
        "numericable.fr", "noos.fr",
    ),
    "free": ("free.fr", "freesbee.fr", "libertysurf.fr", "aliceadsl.fr", "worldonline.fr", "infonie.fr"),
    "laposte": ("laposte.net",),
    "apple": ("icloud.com", "me.com", "mac.com"),
    "gmx": ("gmx.net", "gmx.de", "gmx.com", "gmx.fr", "gmx.at", "gmx.ch", "web.de", "mail.com"),
}  # fmt: skip
OF_DOMAIN = {domain: name for name, domains in PROVIDERS.items() for domain in domains}
