"""The floors of the house: which folder may import what, by reading the imports and by loading the modules."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = frozenset(sys.stdlib_module_names)


def imports_of(path: Path) -> Iterator[str]:
    """The dotted name of everything that a file imports, also inside functions and under TYPE_CHECKING."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            # `from inferno import training` imports a module of the package; `from inferno import __version__` a name of it.
            yield from (f"inferno.{alias.name}" for alias in node.names) if module == "inferno" else (module,)


def belongs_to(name: str, allowed: tuple[str, ...]) -> bool:
    return any(name == one or name.startswith(one + ".") for one in allowed)


def violations(folder: str, allowed: tuple[str, ...], exceptions: dict[str, tuple[str, ...]] | None = None) -> list[str]:
    found = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        mine = (*allowed, *(exceptions or {}).get(name, ()))
        found += [f"{name} imports {one}" for one in imports_of(path) if one.partition(".")[0] not in LIBRARY and not belongs_to(one, mine)]
    return found


LOADING = ("loading", "describe")
"""The files of the compiler that make a network of what it compiled."""


def test_grammar_imports_only_lark() -> None:
    assert violations("grammar", ("inferno.grammar", "lark")) == []


def test_compiler_imports_torch_and_runtime_in_loading_alone() -> None:
    knowing = {f"compiler/{name}.py": ("torch", "inferno.runtime", "inferno.machine_cache") for name in LOADING}
    own = (
        "inferno.compiler",
        "inferno.grammar",
        "inferno.errors",
        "inferno.durable",
        "inferno.machine",
        "inferno.__version__",
        "networkx",
        "numpy",
        "safetensors.numpy",
        "safetensors",
    )
    assert violations("compiler", own, knowing) == []


def test_runtime_imports_neither_compiler_nor_grammar() -> None:
    beside = ("inferno.errors", "inferno.cache", "inferno.machine", "inferno.machine_cache")
    assert violations("inferno/runtime", ("inferno.runtime", *beside, "torch", "numpy")) == []


@pytest.mark.parametrize(
    ("folder", "allowed"),
    [
        ("core", ("inferno.core", "inferno.functional", "torch", "numpy")),
        ("functional", ("inferno.functional", "torch")),
        ("observe", ("inferno.observe", "inferno.core", "inferno.functional", "inferno.runtime.kernels", "torch")),
        (
            "neural",
            (
                "inferno.neural",
                "inferno.observe",
                "inferno.core",
                "inferno.functional",
                "inferno.grammar",
                "inferno.compiler",
                "inferno.runtime",
                "torch",
            ),
        ),
        ("learn", ("inferno.learn", "inferno.neural", "inferno.observe", "inferno.core", "inferno.functional", "torch")),
    ],
)
def test_the_component_library_is_built_in_floors(folder: str, allowed: tuple[str, ...]) -> None:
    assert violations(f"inferno/{folder}", allowed) == []


@pytest.mark.parametrize("folder", ["grammar", "compiler", "inferno/runtime", "inferno/data", "inferno/core", "inferno/neural"])
def test_nothing_below_imports_the_command_line(folder: str) -> None:
    names = [(path, one) for path in (ROOT / folder).rglob("*.py") for one in imports_of(path)]
    assert [f"{path.name} imports {one}" for path, one in names if belongs_to(one, ("inferno.cli",))] == []


def loaded_by(code: str) -> set[str]:
    script = f"{code}\nimport sys\nprint('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def every_module(folder: str, package: str, *left_out: str) -> list[str]:
    paths = [path.relative_to(ROOT / folder).with_suffix("") for path in sorted((ROOT / folder).rglob("*.py"))]
    names = [".".join((package, *(part for part in path.parts if part != "__init__"))) for path in paths]
    return [name for name in names if name not in left_out]


def test_loading_all_of_grammar_loads_neither_torch_nor_networkx_nor_numpy() -> None:
    loaded = loaded_by("import " + ", ".join(every_module("grammar", "inferno.grammar")))
    assert "inferno.grammar.check.typing" in loaded
    assert loaded & {"torch", "networkx", "numpy", "rich", "click"} == set()


def test_loading_all_of_compiler_but_loading_loads_no_torch() -> None:
    loaded = loaded_by(
        "import " + ", ".join(every_module("compiler", "inferno.compiler", *(f"inferno.compiler.{name}" for name in LOADING)))
    )
    assert "inferno.compiler.pipeline" in loaded
    assert loaded & {"torch", "click"} == set()


def test_loading_all_of_runtime_loads_neither_compiler_nor_grammar() -> None:
    loaded = loaded_by("import " + ", ".join(every_module("inferno/runtime", "inferno.runtime")))
    assert "inferno.runtime.network" in loaded
    assert [name for name in loaded if belongs_to(name, ("inferno.compiler", "inferno.grammar", "networkx", "lark"))] == []
