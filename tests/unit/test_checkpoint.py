import dataclasses
import json
import os
from pathlib import Path

import pytest
import torch

from inferno import checkpoint, durable, sealed
from inferno.errors import InfernoError, RunError, UsageError
from inferno.grammar.checked import Input, Program, Run

TENSORS = {
    "weight/ff": torch.arange(6, dtype=torch.float64).reshape(2, 3),
    "../../etc/passwd": torch.tensor(7),
    "flags": torch.tensor([True, False]),
    "empty": torch.zeros(0, 4),
}
PROGRAM = Program("p.snn", "words", (), (), (), (), (), (), Run(seed=3), None)


def write(out: Path, number: int) -> Path:
    out.mkdir(exist_ok=True)
    return checkpoint.write(out, number, TENSORS, PROGRAM, {"progress": {"batches": number}})


def test_what_was_written_comes_back(tmp_path: Path) -> None:
    path = write(tmp_path / "out", 12)
    assert path.name == "checkpoint-000012"
    for place in (path, path.parent):
        saved = checkpoint.read(place)
        assert saved.path == path
        assert saved.facts == {"progress": {"batches": 12}}
        assert saved.tensors.keys() == TENSORS.keys()
        for key, tensor in TENSORS.items():
            assert saved.tensors[key].dtype == tensor.dtype
            assert torch.equal(saved.tensors[key], tensor)
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


def test_tensors_that_share_memory_can_be_saved(tmp_path: Path) -> None:
    whole = torch.arange(4.0)
    path = checkpoint.write(tmp_path, 1, {"a": whole, "b": whole[::2]}, PROGRAM, {})
    assert checkpoint.read(path).tensors["b"].tolist() == [0.0, 2.0]


def test_the_last_two_are_kept(tmp_path: Path) -> None:
    for number in (1, 2, 9, 1_000_000):
        write(tmp_path, number)
    assert [path.name for path in checkpoint.folders(tmp_path)] == ["checkpoint-1000000", "checkpoint-000009"]


def test_equal_input_gives_equal_bytes(tmp_path: Path) -> None:
    one, two = write(tmp_path / "a", 1), write(tmp_path / "b", 1)
    for name in (checkpoint.STATE, sealed.MANIFEST):
        assert (one / name).read_bytes() == (two / name).read_bytes()


def test_a_failed_write_leaves_the_old_checkpoint_and_no_litter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, 1)

    def full(path: Path, content: bytes) -> None:
        path.write_bytes(content[:10])
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr(durable, "_write_synced", full)
    with pytest.raises(RunError, match=r"cannot write .*checkpoint-000002: No space left"):
        write(tmp_path, 2)
    assert [entry.name for entry in tmp_path.iterdir()] == ["checkpoint-000001"]
    assert checkpoint.read(tmp_path).facts["progress"]["batches"] == 1


def test_a_half_written_folder_is_not_seen(tmp_path: Path) -> None:
    write(tmp_path, 1)
    (tmp_path / ".checkpoint-000002.tmp-77").mkdir()
    assert checkpoint.read(tmp_path).path.name == "checkpoint-000001"
    checkpoint.prepare(tmp_path, resume=True)
    assert [entry.name for entry in tmp_path.iterdir()] == ["checkpoint-000001"]


def break_manifest(path: Path, change: object) -> None:
    file = path / sealed.MANIFEST
    manifest = json.loads(file.read_text())
    manifest.update(change)  # type: ignore[call-overload]
    del manifest["sha256"]
    manifest["sha256"] = sealed.hash_of(manifest)
    file.write_text(json.dumps(manifest))


def flip(file: Path, place: int) -> None:
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)


def grow(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"x")


def pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)


def link(file: Path) -> None:
    file.rename(file.with_name("elsewhere"))
    file.symlink_to(file.with_name("elsewhere"))


BREAKS = {
    "flipped bit in the state": (lambda path: flip(path / checkpoint.STATE, -1), "its SHA-256"),
    "flipped bit in the manifest": (lambda path: flip(path / sealed.MANIFEST, -20), "manifest.json"),
    "truncated state": (lambda path: os.truncate(path / checkpoint.STATE, 20), "truncated or grown: 20 bytes"),
    "longer state": (lambda path: grow(path / checkpoint.STATE), "truncated or grown"),
    "truncated manifest": (lambda path: os.truncate(path / sealed.MANIFEST, 20), "not JSON"),
    "no state": (lambda path: (path / checkpoint.STATE).unlink(), "state.safetensors is missing"),
    "state is a pipe": (lambda path: pipe(path / checkpoint.STATE), "not a regular file"),
    "state is a link": (lambda path: link(path / checkpoint.STATE), "not a regular file"),
    "deep JSON": (lambda path: (path / sealed.MANIFEST).write_text("[" * 100_000), "not JSON"),
    "other JSON": (lambda path: (path / sealed.MANIFEST).write_text("[1]"), "not a checkpoint of inferno"),
    "newer version": (lambda path: break_manifest(path, {"version": 2}), "format version 2; this inferno reads version 1"),
    "no files": (lambda path: break_manifest(path, {"files": {}}), "not a checkpoint's manifest"),
    "files of another kind": (lambda path: break_manifest(path, {"files": 3}), "not a checkpoint's manifest"),
    "absurd size": (lambda path: break_manifest(path, {"files": {checkpoint.STATE: {"bytes": 10**15, "sha256": ""}}}), "truncated"),
    "negative size": (lambda path: break_manifest(path, {"files": {checkpoint.STATE: {"bytes": -9, "sha256": ""}}}), "truncated"),
}


@pytest.mark.parametrize("name", BREAKS)
def test_a_broken_checkpoint_is_one_clear_line(tmp_path: Path, name: str) -> None:
    write(tmp_path, 1)
    path = write(tmp_path, 2)
    change, says = BREAKS[name]
    change(path)
    with pytest.raises(RunError) as caught:
        checkpoint.read(tmp_path)
    assert says in caught.value.message
    assert "checkpoint-000002" in caught.value.message
    assert "\n" not in str(caught.value)
    assert caught.value.help == (
        "use the inferno that wrote it or a newer one"
        if name == "newer version"
        else "delete checkpoint-000002 to fall back on checkpoint-000001"
    )


def test_a_state_that_is_no_safetensors_is_refused_though_its_hash_is_right(tmp_path: Path) -> None:
    import hashlib

    path = write(tmp_path, 1)
    content = b"\x80\x04pickle"
    (path / checkpoint.STATE).write_bytes(content)
    promised = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    break_manifest(path, {"files": {checkpoint.STATE: promised}})
    with pytest.raises(RunError, match="not a safetensors file"):
        checkpoint.read(path)


def test_a_folder_without_checkpoints_is_a_mistake_on_the_command_line(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "typo"):
        with pytest.raises(UsageError):
            checkpoint.read(place)


def test_out_must_be_a_folder_that_can_be_written(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    cases = [(file, False, "is a file"), (file / "below", False, "cannot write to --out"), (tmp_path / "none", True, "nothing to resume")]
    for out, resume, says in cases:
        with pytest.raises(UsageError, match=says):
            checkpoint.prepare(out, resume=resume)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_out_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(UsageError, match="Permission denied"):
        checkpoint.prepare(tmp_path, resume=False)


def test_a_full_disk_is_noticed_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="has room for"):
        checkpoint.prepare(tmp_path, resume=False, needed_bytes=10**18)


def test_an_earlier_run_is_not_written_over(tmp_path: Path) -> None:
    write(tmp_path, 1)
    with pytest.raises(UsageError, match="earlier run"):
        checkpoint.prepare(tmp_path, resume=False)
    checkpoint.prepare(tmp_path, resume=True)


def test_another_program_is_refused_and_harmless_changes_are_not(tmp_path: Path) -> None:
    saved = checkpoint.read(write(tmp_path, 1))
    checkpoint.require_program(saved, dataclasses.replace(PROGRAM, name="moved.snn", doc="other words"))
    one = Input(name="x", kind="real", shape=(2,), low=0.0, high=1.0, span=None)  # type: ignore[arg-type]
    for other in (dataclasses.replace(PROGRAM, run=Run(seed=4)), dataclasses.replace(PROGRAM, inputs=(one,))):
        with pytest.raises(UsageError, match="another program"):
            checkpoint.require_program(saved, other)


def test_errors_know_their_exit_status() -> None:
    assert (InfernoError("x").exit_status, UsageError("x").exit_status, RunError("x").exit_status) == (3, 2, 3)
    assert str(UsageError("what", "so")) == "what; so"
