"""Nothing loads torch before it is needed, so that the light commands start at once."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("torch", "torchvision", "numpy", "networkx", "rich", "sympy", "sklearn")


def heavy_modules_after(code: str, *allowed: str) -> list[str]:
    watched = [name for name in HEAVY if name not in allowed]
    script = f"{code}\nimport sys\nprint('LOADED', [name for name in {watched!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    line = [text for text in done.stdout.splitlines() if text.startswith("LOADED")][-1]
    return eval(line.removeprefix("LOADED "))  # noqa: S307


def calls(*arguments: str) -> str:
    return f"from inferno.cli.main import call\nassert call({list(arguments)!r}) == 0"


@pytest.fixture
def snn(tmp_path: Path) -> str:
    path = tmp_path / "small.snn"
    path.write_text("snn 1\nfrom std.neurons import LIF\npopulation cells[3] = LIF()\nrun:\n    dt = 1 ms\n    steps = 10\n")
    return str(path)


@pytest.mark.parametrize(
    "code",
    [
        "import inferno",
        "import inferno\nassert inferno.__version__\nassert 'load_network' in dir(inferno)",
        "import inferno.errors, inferno.cache, inferno.reporting, inferno.data",
        "import inferno.grammar, inferno.grammar.checked, inferno.grammar.render",
        calls("--help"),
        calls("train", "--help"),
        calls("show", "ALIF"),
        calls("explain"),
    ],
)
def test_light_things_load_nothing_heavy(code: str) -> None:
    assert heavy_modules_after(code) == []


def test_check_loads_nothing_heavy(snn: str) -> None:
    assert heavy_modules_after(calls("check", snn)) == []


@pytest.mark.parametrize("arguments", [("graph",), ("compile",), ("compile", "--explain")])
def test_compiling_loads_no_torch(arguments: tuple[str, ...], snn: str) -> None:
    assert heavy_modules_after(calls(*arguments, snn), "numpy", "networkx") == []
