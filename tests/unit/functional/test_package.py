from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

import inferno
from inferno import extra, functional, learn, neural, observe, types

PACKAGES = [inferno, neural, neural.functional, learn, functional, observe, extra, types]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.__name__)
def test_all_public_names_exist_and_say_what_they_are(package: ModuleType) -> None:
    for name in package.__all__:
        assert getattr(package, name).__doc__, name


def test_functional_loads_nothing_of_the_project_but_itself() -> None:
    watched = ("inferno", "lark", "torchvision")
    code = f"import sys, inferno.functional; print(*sorted(m for m in sys.modules if m.partition('.')[0] in {watched}))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert [m for m in loaded if not m.startswith("inferno.functional")] == ["inferno", "inferno.errors", "inferno.types"]


def test_arguments_are_passed_on() -> None:
    assert extra.identity(3, ignored=True) == 3
    assert extra.varidentity(1, 2, ignored=True) == (1, 2)
    assert extra.varidentity() == ()
    assert extra.tuplewrap(3, ignored=True) == (3,)
