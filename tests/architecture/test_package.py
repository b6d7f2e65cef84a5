"""What is installed: a subpackage or data file missing from pyproject.toml would be missing from the wheel only."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {"inferno": "inferno", "grammar": "inferno/grammar", "compiler": "inferno/compiler"}
DATA = ("*.lark", "*.snn", "*.cpp", "*.h", "py.typed")


def setting(*keys: str) -> object:
    found: object = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for key in keys:
        assert isinstance(found, dict)
        found = found[key]
    return found


def shipped(patterns: tuple[str, ...]) -> set[str]:
    """The files of the three folders that fit, under the names that they have in the wheel."""
    found = set()
    for folder, package in FOLDERS.items():
        for pattern in patterns:
            paths = [path for path in (ROOT / folder).rglob(pattern) if "__pycache__" not in path.parts]
            found |= {f"{package}/{path.relative_to(ROOT / folder).as_posix()}" for path in paths}
    return found


def test_every_package_is_listed() -> None:
    packages = {name.rpartition("/")[0].replace("/", ".") for name in shipped(("__init__.py",))}
    assert sorted(packages) == sorted(setting("tool", "setuptools", "packages"))  # type: ignore[call-overload]


def test_every_folder_with_python_is_a_package() -> None:
    with_python = {name.rpartition("/")[0] for name in shipped(("*.py",))}
    assert with_python == {name.rpartition("/")[0] for name in shipped(("__init__.py",))}


def test_every_data_file_is_listed() -> None:
    listed = setting("tool", "setuptools", "package-data")
    assert isinstance(listed, dict)
    found = set()
    for package, patterns in listed.items():
        folder = next(
            f
            for f, name in sorted(FOLDERS.items(), key=lambda item: -len(item[1]))
            if f"{package}.".startswith(name.replace("/", ".") + ".")
        )
        below = package.removeprefix(FOLDERS[folder].replace("/", ".")).strip(".").replace(".", "/")
        place = ROOT / folder / below
        found |= {
            f"{package.replace('.', '/')}/{path.relative_to(place).as_posix()}" for pattern in patterns for path in place.glob(pattern)
        }
    assert found == shipped(DATA)
    assert {name.rpartition("/")[2] for name in found} >= {"snn.lark", "neurons.snn", "native.cpp", "py.typed"}


@pytest.mark.skipif(find_spec("setuptools") is None, reason="setuptools is not installed")
def test_the_wheel_holds_every_file(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for folder in FOLDERS:
        shutil.copytree(ROOT / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source / name)
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "-q",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "-w",
        str(tmp_path),
        str(source),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if not name.partition("/")[0].endswith(".dist-info")}
    assert held == shipped((*DATA, "*.py"))
