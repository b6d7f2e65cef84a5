"""The SARIF log of every golden program follows the rules of the standard (OASIS SARIF 2.1.0, sections 3.13 to 3.58) for what we write."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from inferno.grammar import findings_of
from inferno.grammar.codes import CODES
from inferno.grammar.sarif import to_sarif

PROGRAMS = sorted((Path(__file__).resolve().parents[2] / "golden" / "errors").glob("*.snn"))

# For each kind of object: its properties with their kinds, those it must have marked with `!`; a list stands in brackets.
OBJECTS: dict[str, dict[str, str]] = {
    "log": {"$schema": "uri", "version!": "version", "runs!": "[run]"},
    "run": {"tool!": "tool", "results": "[result]", "columnKind": "columns"},
    "tool": {"driver!": "component"},
    "component": {"name!": "text", "rules": "[rule]"},
    "rule": {"id!": "text", "shortDescription": "message", "help": "message", "defaultConfiguration": "configuration"},
    "configuration": {"level": "level"},
    "result": {
        "ruleId": "text", "ruleIndex": "index", "level": "level", "message!": "message", "locations": "[location]",
        "relatedLocations": "[location]", "fixes": "[fix]",
    },
    "message": {"text!": "text", "markdown": "text"},
    "location": {"id": "index", "physicalLocation": "physical", "message": "message"},
    "physical": {"artifactLocation!": "artifact", "region": "region"},
    "artifact": {"uri!": "reference"},
    "region": {"startLine": "count", "startColumn": "count", "endLine": "count", "endColumn": "count"},
    "fix": {"description": "message", "artifactChanges!": "[change]"},
    "change": {"artifactLocation!": "artifact", "replacements!": "[replacement]"},
    "replacement": {"deletedRegion!": "region", "insertedContent": "content"},
    "content": {"text": "text"},
}  # fmt: skip
VALUES: dict[str, Any] = {
    "text": lambda value: isinstance(value, str),
    "version": lambda value: value == "2.1.0",
    "uri": lambda value: value.startswith("https://"),
    "reference": lambda value: re.fullmatch(r"[A-Za-z0-9\-._~!$&'()*+,;=:@/%]*", value) and not re.search(r"%(?![0-9A-F]{2})", value),
    "level": lambda value: value in ("none", "note", "warning", "error"),
    "columns": lambda value: value in ("utf16CodeUnits", "unicodeCodePoints"),
    "index": lambda value: isinstance(value, int) and value >= 0,
    "count": lambda value: isinstance(value, int) and value >= 1,
}


def faults(value: Any, kind: str, where: str = "") -> list[str]:
    if kind.startswith("["):
        if not isinstance(value, list):
            return [f"{where} is no list"]
        return [fault for index, item in enumerate(value) for fault in faults(item, kind[1:-1], f"{where}/{index}")]
    if kind in VALUES:
        return [] if VALUES[kind](value) else [f"{where} is no {kind}: {value!r}"]
    properties = OBJECTS[kind]
    kinds = {name.rstrip("!"): what for name, what in properties.items()}
    found = [f"{where} lacks {name[:-1]}" for name in properties if name.endswith("!") and name[:-1] not in value]
    found += [f"{where} has {name}" for name in value if name not in kinds]
    return found + [fault for name, item in value.items() if name in kinds for fault in faults(item, kinds[name], f"{where}/{name}")]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_the_log_follows_the_standard(program: Path) -> None:
    found = findings_of(program.read_bytes(), f"a folder/{program.name}", {})[1]
    log = to_sarif(found)
    assert faults(log, "log") == []
    (run,) = log["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == sorted({one.code for one in found})
    assert all(rule["shortDescription"]["text"] == CODES[rule["id"]].title and rule["help"]["markdown"] for rule in rules)
    for one, result in zip(found, run["results"], strict=True):
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"] == one.code
        assert ("fixes" in result) == (one.edit is not None)
        for place in result.get("locations", []):
            region = place["physicalLocation"]["region"]
            assert (region["startLine"], region["startColumn"]) <= (region["endLine"], region["endColumn"])
            assert place["physicalLocation"]["artifactLocation"]["uri"] == f"a%20folder/{program.name}"


def test_a_fault_is_found() -> None:
    log = to_sarif(findings_of("let a = = 3\n", "a.snn", {})[1])
    log["runs"][0]["results"][0]["level"] = "bad"
    del log["runs"][0]["tool"]["driver"]
    assert faults(log, "log") == ["/runs/0/tool lacks driver", "/runs/0/results/0/level is no level: 'bad'"]
