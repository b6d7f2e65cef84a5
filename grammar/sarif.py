"""Makes SARIF 2.1.0 of diagnostics, which editors and code hosts read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from inferno.grammar.code import Code
from inferno.grammar.codes import CODES
from inferno.grammar.diagnostics import Diagnostic
from inferno.grammar.render import place_of, severity_of
from inferno.grammar.source import Span


def to_sarif(diagnostics: Iterable[Diagnostic]) -> dict[str, Any]:
    """A SARIF 2.1.0 log of one run."""
    found = tuple(diagnostics)
    codes = sorted({diagnostic.code for diagnostic in found})
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "inferno", "rules": [_sarif_rule(code) for code in codes]}},
                "columnKind": "unicodeCodePoints",
                "results": [_sarif_result(diagnostic, codes.index(diagnostic.code)) for diagnostic in found],
            }
        ],
    }


def _sarif_rule(code: str) -> dict[str, Any]:
    known = CODES.get(code, Code(code, code, ""))
    level = "error" if code.startswith("E") else "warning"
    rule: dict[str, Any] = {"id": code, "shortDescription": {"text": known.title}, "defaultConfiguration": {"level": level}}
    if known.explanation:
        rule["help"] = {"text": known.explanation, "markdown": known.explanation}
    return rule


def _sarif_result(diagnostic: Diagnostic, rule: int) -> dict[str, Any]:
    text = "\n".join([diagnostic.message, *diagnostic.notes, *diagnostic.helps])
    result: dict[str, Any] = {"ruleId": diagnostic.code, "ruleIndex": rule, "level": severity_of(diagnostic), "message": {"text": text}}
    if diagnostic.span:
        result["locations"] = [{"physicalLocation": _sarif_location(diagnostic.span)}]
    if diagnostic.labels:
        result["relatedLocations"] = [
            {"id": index, "physicalLocation": _sarif_location(label.span), "message": {"text": label.text}}
            for index, label in enumerate(diagnostic.labels)
        ]
    if diagnostic.edit:
        change = {"deletedRegion": _sarif_region(diagnostic.edit.span), "insertedContent": {"text": diagnostic.edit.replacement}}
        artifact = {"uri": _uri(diagnostic.edit.span.source.name)}
        words = {"text": "; ".join(diagnostic.helps) or diagnostic.message}
        result["fixes"] = [{"description": words, "artifactChanges": [{"artifactLocation": artifact, "replacements": [change]}]}]
    return result


def _sarif_location(span: Span) -> dict[str, Any]:
    return {"artifactLocation": {"uri": _uri(span.source.name)}, "region": _sarif_region(span)}


def _sarif_region(span: Span) -> dict[str, int]:
    place = place_of(span)
    return {"startLine": place["line"], "startColumn": place["column"], "endLine": place["end_line"], "endColumn": place["end_column"]}


def _uri(name: str) -> str:
    """A file name as a relative reference of RFC 3986."""
    return quote(name.replace("\\", "/"), safe="/-._~")
