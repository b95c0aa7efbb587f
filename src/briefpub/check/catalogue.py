"""The catalogue of findings: each number, its usual weight, what it means and how to mend it.

A number is never used again for something else; docs/reference/findings.md tells the same at length.
"""

from dataclasses import dataclass

from briefpub.domain.finding import Severity


@dataclass(frozen=True, slots=True)
class FindingKind:
    """One kind of finding; a single one may weigh more or less than `severity`, and says why."""

    severity: Severity
    means: str
    mend: str


CATALOGUE: dict[str, FindingKind] = {
    "A001": FindingKind(
        Severity.ERROR,
        "the article cannot be read: its head is broken, it is too large, or no file is there",
        "see the message; it names the line",
    ),
    "A002": FindingKind(Severity.ERROR, "no title", "write title: in the head"),
    "A003": FindingKind(
        Severity.WARNING,
        "a picture's file is not there; its alt text stands in",
        "put the file beside the article",
    ),
    "A004": FindingKind(
        Severity.WARNING, "a picture has no alternative text", "say in a few words what it shows"
    ),
    "A005": FindingKind(
        Severity.WARNING,
        "a key of the head is not known, and looks like one that is",
        "correct it, or delete it",
    ),
    "A006": FindingKind(Severity.ERROR, "two articles have the same id", "rename a file, or give one a slug"),
    "A007": FindingKind(
        Severity.WARNING, "a link to an article that is not there", "an id is the file's name without .md"
    ),
    "A008": FindingKind(
        Severity.WARNING,
        "a note that nothing refers to, or one that is written twice",
        "refer to it, or delete it",
    ),
    "A009": FindingKind(
        Severity.WARNING,
        "HTML was left out; a note, where it was none and was kept as words",
        "write it in Markdown",
    ),
    "A010": FindingKind(
        Severity.WARNING,
        "a link that may not stand in an edition; its words stay",
        "use https:, mailto:, tel:, #place or article:id",
    ),
    "A011": FindingKind(
        Severity.WARNING, "control characters were left out", "delete them; they often come from copying"
    ),
    "A012": FindingKind(
        Severity.NOTE, "no language is named; the publication's is taken", "write lang: in the head"
    ),
    "A013": FindingKind(
        Severity.WARNING,
        "the file is not UTF-8, and was read as windows-1252",
        "save it as UTF-8, and look at its accents",
    ),
    "A014": FindingKind(
        Severity.NOTE,
        "a heading skips a level; the levels were closed up",
        "begin with ##, and go one deeper at a time",
    ),
    "A015": FindingKind(
        Severity.ERROR,
        "so many things within one another that words are lost; a warning, where none are",
        "take the inner ones apart",
    ),
    "A017": FindingKind(
        Severity.WARNING,
        "a link to a place that the article does not have; its words stay",
        "give the heading that id",
    ),
    "A020": FindingKind(
        Severity.ERROR, "a picture lies outside the publication", "copy it into the article's folder"
    ),
    "A021": FindingKind(
        Severity.WARNING, "a picture on the web: nothing is fetched", "save it beside the article"
    ),
    "A022": FindingKind(
        Severity.WARNING, "a picture of a kind that cannot be used", "save it as JPEG or PNG"
    ),
    "A023": FindingKind(
        Severity.ERROR,
        "a picture is too large: over 60 MB, 64 million pixels, or 30,000 on a side",
        "export it smaller",
    ),
    "A024": FindingKind(Severity.ERROR, "a picture's data is broken", "export it again"),
    "A030": FindingKind(
        Severity.WARNING, "a title of more than 150 characters", "shorten it: inboxes show 60"
    ),
    "A031": FindingKind(
        Severity.WARNING, "something looks unfinished: TK, TODO, [?]", "write it, or make the article a draft"
    ),
    "A032": FindingKind(Severity.NOTE, "a link that is not encrypted", "use https:"),
    "A033": FindingKind(Severity.ERROR, "an article without text", "write it, or make it a draft"),
    "A034": FindingKind(Severity.NOTE, "more than 800 words without a heading", "part it with ## headings"),
    "A035": FindingKind(
        Severity.NOTE, "a related link that leads nowhere", "give it an address or an article"
    ),
    "D001": FindingKind(
        Severity.WARNING,
        "the mail is near the 102,000 bytes after which mail programs cut it off; an error, when it is over",
        'put fewer articles into the issue, or set digest.body = "lead"',
    ),
    "D002": FindingKind(
        Severity.WARNING,
        "parts were left to the web page, so that the mail is not cut off; a note, where only sections were",
        "the same",
    ),
    "D003": FindingKind(Severity.ERROR, "the mail is too long even so", "the same"),
    "D004": FindingKind(Severity.NOTE, "the mail names nobody a reader could write to", "set contact"),
    "E001": FindingKind(Severity.ERROR, "the edition is empty", "report it: this is a fault of briefpub"),
    "R001": FindingKind(
        Severity.WARNING,
        "WeasyPrint does not understand a rule of the layout",
        "take it out of brief.css, or write it another way",
    ),
    "R003": FindingKind(
        Severity.WARNING,
        "a link within the brief leads nowhere, or to the first of two places of one name",
        "give each place of the article a name of its own",
    ),
    "R010": FindingKind(
        Severity.ERROR, "no font has a character", "install a font that has it, or put one into the layout"
    ),
    "R011": FindingKind(
        Severity.NOTE,
        "part is set in a font of this machine, which another may not have",
        "put it into the layout's fonts/",
    ),
    "R012": FindingKind(
        Severity.WARNING,
        "a library is missing, without which a PDF takes seven times as long",
        "sudo apt-get install libharfbuzz-subset0",
    ),
    "I001": FindingKind(
        Severity.WARNING, "a tag of another program's templates was found", "look whether words are missing"
    ),
    "I002": FindingKind(
        Severity.WARNING, "a shortcode of another program was found", "write what it stood for"
    ),
    "I003": FindingKind(
        Severity.WARNING,
        "a container of another program's Markdown was found",
        "write it as a quotation or a passage",
    ),
    "I004": FindingKind(Severity.WARNING, "attributes that mean nothing here", "delete them"),
    "I005": FindingKind(Severity.NOTE, "a placeholder was found", "write what belongs there"),
    "I006": FindingKind(Severity.WARNING, "abbreviations defined in another program's way", "write them out"),
    "I007": FindingKind(Severity.NOTE, "a wiki link", "write it as [words](article:id)"),
    "I010": FindingKind(
        Severity.WARNING, "no line at the top has the shape of a title", "write title: in the head"
    ),
    "I011": FindingKind(Severity.WARNING, "the language could not be told", "name it: --lang fr"),
    "I012": FindingKind(
        Severity.WARNING, "the encoding was guessed", "look at the accents, and save the source as UTF-8"
    ),
    "I013": FindingKind(Severity.WARNING, "the text looks cut short", "compare it with the page"),
    "I014": FindingKind(
        Severity.WARNING, "a photo's alt text stands in the text", "put the picture there, or delete the line"
    ),
    "I015": FindingKind(
        Severity.NOTE, "lines that are not the essay's were left out", "see which: --dry-run"
    ),
    "I016": FindingKind(Severity.WARNING, "control characters were left out", ""),
    "I017": FindingKind(Severity.WARNING, "something in the head could not be taken over", "see the message"),
    "N001": FindingKind(
        Severity.WARNING,
        "DNS did not answer, so part of the domain could not be looked at",
        "try again in a minute",
    ),
    "N002": FindingKind(
        Severity.NOTE, "no list of this publication sends from the domain", "look at sender in [lists.…]"
    ),
    "N010": FindingKind(
        Severity.ERROR,
        "no SPF record; a warning, where bounces return to another domain",
        "publish the one that the doctor prints",
    ),
    "N011": FindingKind(
        Severity.ERROR, "more than one SPF record: receivers use none", "make one of them, with all they name"
    ),
    "N012": FindingKind(
        Severity.ERROR,
        "a term of the SPF record cannot be read; receivers give the whole record up",
        "correct it, or take it out",
    ),
    "N013": FindingKind(
        Severity.ERROR,
        "the SPF record takes more than 10 lookups; receivers give it up",
        "take out what you no longer send through; each include, a, mx, exists and redirect counts",
    ),
    "N014": FindingKind(
        Severity.ERROR,
        "the SPF record includes a domain that has none; receivers give it up",
        "correct the name, or take it out",
    ),
    "N015": FindingKind(
        Severity.WARNING,
        "the SPF record lets everybody else send, or says nothing of them; an error, where it ends with +all",
        "let it end with ~all or -all",
    ),
    "N016": FindingKind(
        Severity.ERROR,
        "the SPF record does not name the server that sends this mail; a warning, where a provider does",
        "publish the one that the doctor prints",
    ),
    "N017": FindingKind(
        Severity.NOTE,
        "nobody but your mail provider can say what the SPF record has to include",
        "compare it with your provider's instructions",
    ),
    "N020": FindingKind(
        Severity.ERROR,
        "the public key of a DKIM signature is not in DNS",
        "publish the record that the doctor prints",
    ),
    "N021": FindingKind(
        Severity.ERROR,
        "the DKIM record cannot be used: cut, restricted, or one of several",
        "publish the record that the doctor prints, and no other under that name",
    ),
    "N022": FindingKind(
        Severity.ERROR,
        "DNS has another public key, or has withdrawn it",
        "publish the record that the doctor prints, or name the right key in [dkim]",
    ),
    "N023": FindingKind(
        Severity.ERROR,
        "the RSA key is shorter than 2048 bits",
        "make a new one, under a new selector: docs/howto/dns.md",
    ),
    "N024": FindingKind(
        Severity.WARNING, "the key is marked as a test, t=y", "take t=y out once mail arrives"
    ),
    "N025": FindingKind(
        Severity.NOTE,
        "briefpub does not sign, so the mail server has to; an error with transport = mx",
        "look at a message you received for dkim=pass, or fill [dkim] in",
    ),
    "N030": FindingKind(
        Severity.ERROR, "no DMARC record for the domain", "publish the one that the doctor prints"
    ),
    "N031": FindingKind(
        Severity.ERROR, "several DMARC records under one name: receivers use none", "leave one of them there"
    ),
    "N032": FindingKind(
        Severity.WARNING, "a tag of the DMARC record cannot be used", "correct it as the message says"
    ),
    "N033": FindingKind(
        Severity.NOTE,
        "the DMARC record only watches",
        "once the reports show nothing but your own mail, ask for p=quarantine",
    ),
    "N034": FindingKind(Severity.NOTE, "a tag that RFC 9989 has taken away: pct, rf, ri", "take it out"),
    "N035": FindingKind(
        Severity.NOTE, "nobody gets the reports of DMARC", "add rua=mailto: and a mailbox to the record"
    ),
    "N040": FindingKind(
        Severity.ERROR,
        "the DKIM signature's domain is not the sender's, nor of one organisation with it",
        "set dkim.domain to the sender's domain, or leave it out",
    ),
    "N041": FindingKind(
        Severity.WARNING,
        "the domain of bounces is not the sender's, nor of one organisation with it",
        "set sending.bounces to a mailbox below the sender's domain",
    ),
    "N050": FindingKind(
        Severity.ERROR,
        "the domain says that it takes no mail: replies or bounces are lost",
        "publish an MX record that names a mail host",
    ),
    "N051": FindingKind(
        Severity.WARNING,
        "no MX record: mail goes to the domain's own address, where often nobody listens",
        "publish an MX record that names a mail host",
    ),
    "N052": FindingKind(
        Severity.ERROR,
        "no host takes mail for the domain: replies or bounces are lost",
        "publish an MX record that names a mail host",
    ),
    "N053": FindingKind(
        Severity.WARNING, "a mail host of the domain has no address", "correct the MX record that names it"
    ),
    "N060": FindingKind(
        Severity.ERROR,
        "this host's address on the internet could not be found out",
        "set sending.hello to this host's full name, and publish its address",
    ),
    "N061": FindingKind(
        Severity.ERROR,
        "this host's address has no reverse name (PTR): most receivers refuse it",
        "ask whoever gave you the address to publish it",
    ),
    "N062": FindingKind(
        Severity.ERROR,
        "this host's reverse name does not lead back to its address",
        "publish the address under that name, or another reverse name",
    ),
    "N063": FindingKind(
        Severity.WARNING,
        "this host calls itself otherwise than its reverse name does",
        "set sending.hello to its reverse name",
    ),
}
