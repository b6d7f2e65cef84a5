"""House rules that no linter knows."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("inferno", "grammar", "compiler", "tools", "bench", "examples")
SOURCES = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py"))]
LONGEST = 400
LISTS = {
    "grammar/ast.py": "one class per form of syntax",
    "inferno/runtime/kernels/native.cpp": "all operators, built as one translation unit",
}
NEVER_IMPORTED = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "code", "codeop"}
NEVER_CALLED = {"eval", "exec", "compile", "__import__"}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_file_has_found_a_second_job() -> None:
    others = [path for pattern in ("*.cpp", "*.h", "*.snn", "*.lark") for folder in FOLDERS for path in (ROOT / folder).rglob(pattern)]
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in (*SOURCES, *others)}
    assert {name: length for name, length in lengths.items() if length > LONGEST and name not in LISTS} == {}


def called_name(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ast.unparse(node.func)


def is_true(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is True


def dangers_in(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else [node.module or ""]
            found += [f"imports {name}" for name in names if name.partition(".")[0] in NEVER_IMPORTED]
        elif isinstance(node, ast.Call):
            name = called_name(node)
            if name in NEVER_CALLED or name in ("torch.load", "os.system", "os.popen", "sympify", "sympy.sympify"):
                found.append(f"calls {name}")
            found += [f"passes {k.arg}=True" for k in node.keywords if k.arg in ("shell", "allow_pickle") and is_true(k.value)]
    return [f"{name_of(path)} {what}" for what in found]


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_no_text_is_run_as_code_and_nothing_is_unpickled(path: Path) -> None:
    assert dangers_in(path) == []


def test_the_search_for_dangers_finds_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.ROOT", tmp_path)
    path = tmp_path / "bad.py"
    path.write_text("import pickle\neval('1')\nsubprocess.run('ls', shell=True)\ntorch.load('x')\nx.eval()\n")
    assert dangers_in(path) == ["bad.py imports pickle", "bad.py calls eval", "bad.py passes shell=True", "bad.py calls torch.load"]


@pytest.mark.parametrize("path", SOURCES, ids=name_of)
def test_imports_are_absolute_and_of_the_installed_package(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    froms = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    assert [node.lineno for node in froms if node.level] == []
    names = [(node.module or "").partition(".")[0] for node in froms]
    names += [alias.name.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert [name for name in names if name in ("grammar", "compiler")] == []
