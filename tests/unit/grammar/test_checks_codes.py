"""The registry of codes is complete, and the examples of every explanation are true."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from inferno.grammar import findings_of, library
from inferno.grammar.codes import CODES
from inferno.grammar.codes_check import CHECK_CODES

STANDARD = {name: module for module in library.MODULES for name in library.components(module)}
BASE = "snn 1\nfrom std.neurons import LIF\npopulation exc[3] = LIF()\n"


def sources() -> str:
    folder = files("inferno.grammar")
    paths = [*folder.iterdir(), *(folder / "check").iterdir(), *(folder / "elaborate").iterdir()]
    return "\n".join(p.read_text(encoding="utf-8") for p in paths if p.name.endswith(".py") and not p.name.startswith("codes"))


def test_every_code_that_is_used_is_registered_and_the_other_way_round() -> None:
    used = set(re.findall(r'"([EW]0[0-9]{3})"', sources()))
    assert used == set(CODES)


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_has_an_explanation(code: str) -> None:
    assert CODES[code].code == code
    assert CODES[code].title
    assert "Wrong:" in CODES[code].explanation
    assert "Right:" in CODES[code].explanation


def examples(code: str) -> list[tuple[str, str]]:
    return re.findall(r"```(\w+)\n(.*?)\n```", CODES[code].explanation, re.DOTALL)


def completed(example: str) -> str:
    """An example as a whole file: with the edition, the models of the standard library that it uses, and a population."""
    used = [name for name in STANDARD if re.search(rf"\b{name}\b", example) and not re.search(rf"import.*\b{name}\b", example)]
    imports = "".join(f"from std.{STANDARD[name]} import {name}\n" for name in used)
    lone = "" if "population" in example else "\nneuron Silent:\n    state rest = 0\npopulation lone[2] = Silent()\n"
    return f"snn 1\n{imports}{example}{lone}\n"


def codes_of(language: str, example: str) -> set[str]:
    if language == "sh":
        overrides = dict([part.split("=", 1) for part in re.findall(r"--set (\S+)", example)])
        return {d.code for d in findings_of(BASE, "model.snn", overrides)[1]}
    return {d.code for d in findings_of(completed(example), "example.snn")[1]}


# Too long a program, or more than one file.
NOT_SHOWN = {"E0190", "E0191", "E0411", "E0308", "E0309"}


@pytest.mark.parametrize("code", sorted(set(CHECK_CODES) - NOT_SHOWN))
def test_the_wrong_example_has_the_mistake_and_the_right_one_has_none(code: str) -> None:
    wrong, right = examples(code)
    if code == "E0513":
        assert {d.code for d in findings_of("snn 1\n" + wrong[1], "a.snn")[1]} == {"E0513"}
    else:
        assert codes_of(*wrong) == {code}
    assert codes_of(*right) == set()
