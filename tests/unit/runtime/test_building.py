import os
import pathlib
import stat
import subprocess
import sys

import pytest

from inferno.cache import CacheError, cache_folder
from inferno.runtime.inductor_cache import use_own_inductor_cache
from inferno.runtime.kernels import NativeUnavailable, building

LOAD = "from inferno.runtime.kernels.building import load_native; print(load_native(lambda line: print('building')))"
COUNT_ONE = """
import torch
from inferno.runtime import kernels
spikes, weight = torch.ones(1, 9, dtype=torch.bool), torch.ones(9, 1)
assert kernels.spike_sum(spikes, weight).item() == 9
assert not any("inferno" in path for path in torch.ops.loaded_libraries)
"""


def start(code: str, cache: pathlib.Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "INFERNO_CACHE": str(cache)}
    return subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def finish(process: subprocess.Popen[str]) -> list[str]:
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    return out.splitlines()


@pytest.fixture
def own_cache(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.setenv("INFERNO_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(scope="module")
def libraries(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A folder with the library that fits this machine, built once for all tests."""
    folder = tmp_path_factory.mktemp("libraries")
    building.build_native(folder)
    return folder


@pytest.fixture
def unloaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has not loaded the kernels, as far as the builder can see."""
    monkeypatch.setattr(building, "_loaded", lambda: False)


# ---- the cache folder


def test_the_cache_folder_is_created_for_its_owner_alone(own_cache: pathlib.Path) -> None:
    assert cache_folder() == own_cache
    assert stat.S_IMODE(own_cache.stat().st_mode) == 0o700


def test_the_cache_folder_follows_the_environment(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("INFERNO_CACHE", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "inferno-snn"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert cache_folder() == tmp_path / "home" / ".cache" / "inferno-snn"


@pytest.mark.parametrize("mode", [0o777, 0o720, 0o702])
def test_a_cache_folder_that_others_can_write_to_is_refused(own_cache: pathlib.Path, mode: int) -> None:
    own_cache.mkdir()
    own_cache.chmod(mode)
    with pytest.raises(CacheError, match="writable by others"):
        cache_folder()


def test_a_cache_folder_of_another_user_is_refused(own_cache: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own_cache.mkdir(mode=0o700)
    monkeypatch.setattr(os, "getuid", lambda: own_cache.stat().st_uid + 1)
    with pytest.raises(CacheError, match="belongs to another user"):
        cache_folder()


def test_a_link_as_cache_folder_is_refused(own_cache: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    own_cache.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CacheError, match="symbolic link"):
        cache_folder()


def test_a_cache_folder_that_cannot_be_created_is_one_line(own_cache: pathlib.Path) -> None:
    own_cache.write_text("a file")
    with pytest.raises(CacheError, match="cannot create") as caught:
        cache_folder()
    assert "\n" not in str(caught.value)


def test_inductor_caches_in_our_folder(own_cache: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from torch._inductor.runtime.cache_dir_utils import cache_dir, default_cache_dir, triton_cache_dir

    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", default_cache_dir())
    monkeypatch.delenv("TRITON_CACHE_DIR", raising=False)
    assert use_own_inductor_cache() == own_cache / "inductor"
    assert pathlib.Path(cache_dir()) == own_cache / "inductor"
    assert pathlib.Path(triton_cache_dir(0)).is_relative_to(own_cache / "inductor")


def test_an_inductor_cache_that_the_user_chose_is_left_alone(own_cache: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", "/somewhere/else")
    assert use_own_inductor_cache() == pathlib.Path("/somewhere/else")
    assert not own_cache.exists()


# ---- building


def test_importing_builds_nothing_and_the_twins_serve(tmp_path: pathlib.Path) -> None:
    finish(start(COUNT_ONE, tmp_path / "cache"))
    assert not (tmp_path / "cache").exists()


def test_two_processes_build_at_once(tmp_path: pathlib.Path) -> None:
    both = [start(LOAD, tmp_path / "cache") for _ in range(2)]
    loaded = {finish(process)[-1] for process in both}
    assert loaded <= {str(path) for path in (tmp_path / "cache" / "kernels").iterdir()}


def test_a_library_is_built_once(libraries: pathlib.Path) -> None:
    lines: list[str] = []
    building.build_native(libraries, progress=lines.append)
    assert lines == []


@pytest.mark.parametrize("damage", [b"", b"\x7fELF nonsense"])
def test_a_damaged_library_is_a_miss(
    libraries: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, damage: bytes
) -> None:
    whole = building.build_native(libraries)
    (tmp_path / whole.name).write_bytes(damage)
    monkeypatch.setattr(building, "_compile", lambda executable, target: target.write_bytes(whole.read_bytes()))
    lines: list[str] = []
    rebuilt = building.build_native(tmp_path, progress=lines.append)
    assert len(lines) == 1
    assert rebuilt.read_bytes() == whole.read_bytes()
    assert list(tmp_path.iterdir()) == [rebuilt]


def test_another_source_or_compiler_is_another_library(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "native.cpp"
    source.write_text("// one")
    monkeypatch.setattr(building, "_source", lambda: source)
    keys = {building._build_key("/usr/bin/true"), building._build_key("/usr/bin/env")}
    source.write_text("// two")
    assert len(keys | {building._build_key("/usr/bin/true")}) == 3


def test_no_compiler_says_so(own_cache: pathlib.Path, unloaded: None) -> None:
    with pytest.raises(NativeUnavailable, match="no C\\+\\+ compiler 'no-such-compiler'.*--backend eager"):
        building.load_native(compiler="no-such-compiler")
    status = building.native_available(compiler="no-such-compiler")
    assert not status.available
    assert "no-such-compiler" in status.reason


def test_a_failing_compiler_leaves_nothing_and_says_why(
    own_cache: pathlib.Path, unloaded: None, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "native.cpp"
    source.write_text("this is not C++")
    monkeypatch.setattr(building, "_source", lambda: source)
    with pytest.raises(NativeUnavailable, match="failed with status 1: .*error"):
        building.load_native()
    assert list((own_cache / "kernels").iterdir()) == []


def test_a_refused_cache_folder_makes_the_kernels_unavailable(own_cache: pathlib.Path, unloaded: None) -> None:
    own_cache.mkdir()
    own_cache.chmod(0o777)
    with pytest.raises(NativeUnavailable, match="writable by others"):
        building.load_native()


def test_a_library_that_does_not_load_is_no_traceback(own_cache: pathlib.Path, unloaded: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(building, "_compile", lambda executable, target: target.write_bytes(b"no library"))
    with pytest.raises(NativeUnavailable, match="does not load"):
        building.load_native()


def test_the_status_tells_what_is_there(own_cache: pathlib.Path, unloaded: None, monkeypatch: pytest.MonkeyPatch) -> None:
    assert building.native_available() == building.NativeStatus(True, "g++ will build them on first use")
    monkeypatch.setattr(building, "_loaded", lambda: True)
    assert building.native_available() == building.NativeStatus(True, "loaded")
