"""Imported files: where they are looked for, and what is refused."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from inferno.compiler.pipeline import compile_program
from inferno.grammar import FolderModules, check_file, findings_of
from inferno.grammar.checked import Program

MAIN = "snn 1\nfrom std.neurons import LIF\nfrom {module} import n\npopulation cells[n] = LIF()\n"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def found(file: Path, *folders: Path, overrides: dict[str, object] | None = None) -> tuple[Program | None, list[str]]:
    program, all_found = findings_of(file.read_bytes(), file.name, overrides or {}, FolderModules(file, folders))
    return program, [f"{d.code} {d.message}" for d in all_found]


def size(program: Program | None) -> int:
    assert program is not None
    return program.populations[0].shape[0]


def test_a_module_is_a_file_below_the_importing_one(tmp_path: Path) -> None:
    write(tmp_path / "parts" / "sizes.snn", "snn 1\nfrom more.deep import m\nparam n = m + 1\n")
    write(tmp_path / "parts" / "more" / "deep.snn", "snn 1\nparam m = 6\n")
    assert size(check_file(write(tmp_path / "main.snn", MAIN.format(module="parts.sizes")))) == 7


def test_the_own_folder_comes_before_the_others(tmp_path: Path) -> None:
    write(tmp_path / "own" / "sizes.snn", "snn 1\nparam n = 2\n")
    write(tmp_path / "far" / "sizes.snn", "snn 1\nparam n = 3\n")
    main = write(tmp_path / "own" / "main.snn", MAIN.format(module="sizes"))
    assert size(check_file(main, folders=[tmp_path / "far"])) == 2
    (tmp_path / "own" / "sizes.snn").unlink()
    assert size(check_file(main, folders=[tmp_path / "far"])) == 3
    assert found(main)[1][0].startswith("E0306")


def test_a_folder_above_is_out_of_reach(tmp_path: Path) -> None:
    write(tmp_path / "sizes.snn", "snn 1\nparam n = 2\n")
    assert found(write(tmp_path / "own" / "main.snn", MAIN.format(module="sizes")))[1] == ["E0306 there is no module `sizes`"]


@pytest.mark.parametrize("kind", ["link out", "folder link out", "pipe", "folder", "too large", "device"])
def test_what_is_no_regular_file_of_the_folder_is_refused(tmp_path: Path, kind: str) -> None:
    own, module = tmp_path / "own", "sizes"
    own.mkdir()
    target = write(tmp_path / "out" / "sizes.snn", "snn 1\nparam n = 2\n")
    if kind == "link out":
        (own / "sizes.snn").symlink_to(target)
    elif kind == "folder link out":
        (own / "parts").symlink_to(target.parent)
        module = "parts.sizes"
    elif kind == "pipe":
        os.mkfifo(own / "sizes.snn")
    elif kind == "folder":
        (own / "sizes.snn").mkdir()
    elif kind == "too large":
        with (own / "sizes.snn").open("wb") as file:
            file.truncate(10 * 2**30)
    else:
        (own / "sizes.snn").symlink_to("/dev/zero")
    program, messages = found(write(own / "main.snn", MAIN.format(module=module)))
    assert program is None
    assert [m[:5] for m in messages] == ["E0309"]


def test_a_link_inside_of_the_folder_is_followed(tmp_path: Path) -> None:
    write(tmp_path / "real.snn", "snn 1\nparam n = 2\n")
    (tmp_path / "sizes.snn").symlink_to("real.snn")
    assert size(check_file(write(tmp_path / "main.snn", MAIN.format(module="sizes")))) == 2


def test_files_that_import_each_other_are_an_error(tmp_path: Path) -> None:
    write(tmp_path / "a.snn", "snn 1\nfrom main import m\nparam n = 2\n")
    main = write(tmp_path / "main.snn", MAIN.format(module="a") + "param m = 1\n")
    assert found(main)[1] == ["E0308 files import each other: `main` → `a` → `main`"]


def test_parameters_of_imported_files_can_be_set(tmp_path: Path) -> None:
    write(tmp_path / "sizes.snn", "snn 1\nparam n = 2 in [1, 5]\nparam hidden = n\n")
    main = write(tmp_path / "main.snn", MAIN.format(module="sizes") + "import sizes as s\nparam k = s.hidden\n")
    assert size(check_file(main, {"n": 4})) == 4
    assert dict(check_file(main, {"s.hidden": 5}).parameters)["k"].value == 5  # type: ignore[union-attr]
    assert found(main, overrides={"n": 6})[1][0].startswith("E0601")


def test_definitions_do_not_leak(tmp_path: Path) -> None:
    write(tmp_path / "parts.snn", "snn 1\nfrom std.neurons import LIF\nnetwork B():\n    population a[2] = LIF()\n    export a\n")
    text = "snn 1\nfrom parts import B\nuse b = B()\npopulation cells[2] = LIF()\n"
    assert found(write(tmp_path / "main.snn", text))[1] == ["E0301 unknown neuron `LIF`"]


def test_two_files_of_one_name_are_told_apart(tmp_path: Path) -> None:
    for folder, number in (("a", 3), ("b", 4)):
        text = f"snn 1\nfrom std.neurons import LIF\nparam size = {number}\nnetwork B():\n    population p[size] = LIF()\n    export p\n"
        write(tmp_path / folder / "same.snn", text)
        write(tmp_path / folder / "outer.snn", f"snn 1\nfrom same import B\nnetwork Outer{number}():\n    use inner = B()\n")
    text = "snn 1\nfrom a.outer import Outer3\nfrom b.outer import Outer4\nuse one = Outer3()\nuse two = Outer4()\n"
    program = check_file(write(tmp_path / "main.snn", text))
    assert {p.name: p.shape for p in program.populations} == {"one.inner.p": (3,), "two.inner.p": (4,)}


def test_a_file_of_networks_alone_is_a_library(tmp_path: Path) -> None:
    block = "network B(n : int):\n    port inp\n    population a[n] = LIF()\n    inp -> a\n    export a\n"
    program = check_file(write(tmp_path / "parts.snn", f"snn 1\nfrom std.neurons import LIF\n{block}"))
    assert compile_program(program).graph.number_of_nodes() == 0


def test_a_loop_of_a_thousand_million_rounds_is_refused_at_once() -> None:
    text = "snn 1\nfrom std.neurons import LIF\npopulation a[2] = LIF()\nfor i in 0 .. 10^9:\n    record a.v\n"
    started = time.process_time()
    assert [d.code for d in findings_of(text, "a.snn")[1]] == ["E0411"]
    assert time.process_time() - started < 1
