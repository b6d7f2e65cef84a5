"""What every command does with good and bad command lines; the compiler and the network are stand-ins."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

import inferno
from inferno.cli import main as cli
from inferno.errors import Interrupted, RunError
from inferno.grammar.checked import Input, Output, Population, Program, Run
from inferno.grammar.diagnostics import Diagnostic, SnnError

IMAGE = Input(name="image", kind="real", shape=(2, 2), low=0.0, high=1.0, span=None)  # type: ignore[arg-type]


def program(*inputs: Input, steps: int | None = 500) -> Program:
    return Program("f.snn", "", (), inputs, (), (), (), (), Run(steps=steps), None)


class FakeNetwork:
    """Ten neurons, of which each of two samples' first spikes five times."""

    def __init__(self, of: Program) -> None:
        self.program, self.compile_seconds, self.given = of, 0.0, {}

    def __call__(self, **given: Any) -> Any:
        self.given = given
        self.compile_seconds += 0.5
        counts = torch.zeros(2, 10, dtype=torch.int64)
        counts[:, 0] = 5
        spikes = SimpleNamespace(values=torch.ones(3, 2, 10, dtype=torch.bool), times=torch.arange(3.0), unit="1")
        return SimpleNamespace(spike_counts={"exc": counts}, recordings={"exc.spikes": spikes}, steps=self.steps(), claims=())

    def train(self, mode: bool = True) -> None:
        assert not mode

    def steps(self) -> int:
        if self.given.get("duration") is not None:
            return int(1000 * float(str(self.given["duration"]).split()[0]))
        timed = [v.shape[0] for n, v in self.given.items() if isinstance(v, torch.Tensor) and v.ndim == 4]
        return timed[0] if timed else self.program.run.steps or 0


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "f.snn"
    path.write_text("snn 1\n")
    return path


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Any:
    loaded: list[Any] = []

    def install(of: Program | Exception) -> list[Any]:
        def load_network(path: Path, **given: Any) -> FakeNetwork:
            if isinstance(of, BaseException):
                raise of
            net = FakeNetwork(of)
            loaded.append((net, given))
            return net

        monkeypatch.setitem(vars(inferno), "load_network", load_network)
        return loaded

    return install


def one_line(text: str) -> str:
    assert text.count("\n") == 1, text
    assert "Traceback" not in text
    return text.strip()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nosuch"], "no such command"),
        (["check"], "missing argument"),
        (["check", "--frobnicate", "f.snn"], "no such option"),
        (["check", "nowhere.snn"], "there is no file nowhere.snn"),
        (["train", "f.snn", "--data", "imagenet"], "imagenet"),
        (["train", "f.snn"], "--data"),
        (["train", "f.snn", "--data", "digits", "--epochs", "0"], "x>=1"),
        (["run", "f.snn", "--set", "side"], "--set side is not of the form name=value"),
        (["run", "f.snn", "--set", "a=1", "--set", "a=2"], "`a` twice"),
        (["run", "f.snn", "--duration", "soon"], "--duration soon: unknown name `soon`"),
        (["run", "f.snn", "--duration", "3 mV"], "a duration is a time, not a voltage"),
        (["run", "f.snn", "--duration", "0 s"], "a duration must be greater than 0 ms"),
        (["run", "f.snn", "--dtype", "float16"], "float16"),
        (["show", "Possion"], "did you mean `Poisson`?"),
        (["show", "zzz\nzzz"], "the standard library has no"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_status_2(
    arguments: list[str], says: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, file: Path
) -> None:
    monkeypatch.chdir(file.parent)
    assert cli.call(arguments) == 2
    captured = capsys.readouterr()
    assert says in one_line(captured.err)
    assert captured.out == ""


def test_errors_are_objects_too_with_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.call(["run", "nowhere.snn", "--json"]) == 2
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {"event": "error", "message": "there is no file nowhere.snn", "help": "", "exit_status": 2}
    assert one_line(captured.err) == "error: there is no file nowhere.snn"


@pytest.mark.parametrize("asked", [["--format", "json"], ["--format=json"], ["--json"]])
def test_errors_are_objects_however_objects_are_asked_for(asked: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.call(["check", "nowhere.snn", *asked]) == 2
    assert json.loads(capsys.readouterr().out)["message"] == "there is no file nowhere.snn"


def test_no_command_at_all_is_answered_by_the_help_on_lines_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.call([]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "\nUsage: " in f"\n{captured.err}"
    assert "\n  check " in captured.err


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (RunError("NaN in exc.v", "lower dt"), 3, "error: NaN in exc.v; lower dt"),
        (Interrupted(signal.SIGTERM, "interrupted"), 143, "error: interrupted"),
        (KeyboardInterrupt(), 130, "error: interrupted"),
        (
            torch.OutOfMemoryError("CUDA out of memory. Tried to\nallocate 2 GiB"),
            3,
            "error: out of memory: CUDA out of memory. Tried to allocate 2 GiB; use a",
        ),
        (MemoryError(), 3, "error: out of memory"),
        (PermissionError(13, "Permission denied", "secret"), 3, "error: secret: Permission denied"),
        (KeyError("x"), 3, "error: this is a bug in inferno: KeyError: 'x'; run again with --debug"),
        (RecursionError("too deep"), 3, "error: this is a bug in inferno: RecursionError"),
    ],
)
def test_whatever_goes_wrong_is_one_line_and_a_status(
    error: BaseException, status: int, says: str, network: Any, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    network(error)
    assert cli.call(["run", str(file)]) == status
    assert one_line(capsys.readouterr().err.lstrip("\n")).startswith(says)


def test_a_traceback_is_there_for_those_who_ask(network: Any, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network(KeyError("x"))
    assert cli.call(["run", str(file), "--debug"]) == 3
    assert "Traceback" in capsys.readouterr().err


def test_a_wrong_program_is_its_diagnostics_and_status_1(network: Any, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network(SnnError([Diagnostic("E0203", "units do not add up", None, helps=("multiply",))]))
    assert cli.call(["run", str(file), "--json"]) == 1
    captured = capsys.readouterr()
    assert "error[E0203]: units do not add up" in captured.err
    line = json.loads(captured.out)
    assert (line["event"], line["exit_status"], line["diagnostics"][0]["code"]) == ("error", 1, "E0203")


def test_run_without_a_duration_says_how_to_give_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "endless.snn"
    path.write_text("snn 1\nfrom std.neurons import LIF\npopulation p[2] = LIF()\n")
    assert cli.call(["run", str(path), "--backend", "eager"]) == 2
    assert "--duration" in capsys.readouterr().err


def test_run_reports_spikes_rates_and_times(network: Any, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    loaded = network(program())
    options = ["--set", "exc.tau_m=30ms", "--device", "cpu", "--backend", "eager", "--seed", "7", "--batch", "2", "--json"]
    assert cli.call(["run", str(file), *options]) == 0
    line = json.loads(capsys.readouterr().out)
    assert line["event"] == "done"
    assert line["populations"] == {"exc": {"spikes": 10, "rate_hz": 1.0}}
    assert line["compile_seconds"] == 0.5
    assert {"seconds", "loop_seconds"} <= line.keys()
    net, given = loaded[0]
    assert given == {
        "device": "cpu",
        "backend": "eager",
        "dtype": "float32",
        "seed": 7,
        "batch": 2,
        "force": False,
        "search_path": (),
        "exc.tau_m": "30ms",
    }
    assert net.given == {"duration": None, "batch": 2}


def test_run_for_people_is_a_line_a_population(network: Any, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network(program())
    assert cli.call(["run", str(file), "--duration", "0.25 s"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "exc: 10 spikes, 2.000 Hz"


def test_run_says_what_it_needs(network: Any, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network(program(IMAGE))
    assert cli.call(["run", str(file)]) == 2
    assert "input `image` [2, 2]; pass --input image=FILE.npy" in capsys.readouterr().err
    assert cli.call(["run", str(file), "--input", "sound=x.npy"]) == 2
    assert "no input `sound`; it has image" in capsys.readouterr().err


@pytest.mark.parametrize(("shape", "seen"), [((2, 2), (1, 2, 2)), ((5, 2, 2), (5, 2, 2)), ((9, 5, 2, 2), (9, 5, 2, 2))])
def test_run_reads_inputs_from_files(
    shape: tuple[int, ...], seen: tuple[int, ...], network: Any, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    import numpy

    loaded = network(program(IMAGE))
    numpy.save(tmp_path / "x.npy", numpy.ones(shape))
    assert cli.call(["run", str(file), "--input", f"image={tmp_path / 'x.npy'}", "--json"]) == 0
    assert tuple(loaded[0][0].given["image"].shape) == seen
    assert json.loads(capsys.readouterr().out)["simulated_seconds"] == (0.009 if len(shape) == 4 else 0.5)


def test_run_refuses_files_that_are_no_fitting_arrays(network: Any, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import numpy

    network(program(IMAGE))
    path = tmp_path / "x.npy"
    for save, status, says in (
        (lambda: numpy.save(path, numpy.ones((3, 3))), 2, "takes [2, 2]"),
        (lambda: numpy.save(path, numpy.array([{}], dtype=object), allow_pickle=True), 3, "is not a .npy file of numbers"),
        (lambda: path.write_bytes(b"\x93NUMPY"), 3, "is not a .npy file of numbers"),
        (lambda: path.write_bytes(b"\x80\x04N."), 3, "is not a .npy file of numbers"),
        (lambda: numpy.save(path, numpy.array(["a", "b"])), 3, "not a .npy file of numbers"),
        (path.unlink, 2, "there is no file"),
    ):
        save()
        assert cli.call(["run", str(file), "--input", f"image={path}"]) == status
        assert says in one_line(capsys.readouterr().err)


def test_recordings_land_in_a_folder_with_units_and_times(
    network: Any, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from safetensors.torch import load_file

    network(program())
    folder = tmp_path / "recorded"
    assert cli.call(["run", str(file), "--record-to", str(folder)]) == 0
    manifest = json.loads((folder / "manifest.json").read_text())
    tensors = load_file(folder / "recordings.safetensors")
    assert manifest["tensors"]["exc.spikes"] == {
        "kind": "recording", "unit": "1", "times": "exc.spikes.times", "times_unit": "ms", "shape": [3, 2, 10], "dtype": "bool",
        "stored": "dense",
    }  # fmt: skip
    assert tensors["exc.spikes"].shape == (3, 2, 10)
    assert tensors["exc.spikes.times"].tolist() == [0.0, 1.0, 2.0]
    capsys.readouterr()
    assert cli.call(["run", str(file), "--record-to", str(folder)]) == 2
    assert "holds something already" in one_line(capsys.readouterr().err)
    assert cli.call(["run", str(file), "--record-to", str(file)]) == 2
    assert "is not a folder" in one_line(capsys.readouterr().err)


@pytest.mark.parametrize(
    ("device", "says"), [("gpu", "no device `gpu`; write auto, cpu"), ("cuda:99", "`cuda:99` was asked for, but this machine has cpu")]
)
def test_an_absent_device_says_what_there_is(device: str, says: str, network: Any, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network(program())
    assert cli.call(["run", str(file), "--device", device]) == 2
    assert says in one_line(capsys.readouterr().err)


def test_a_parameter_named_like_an_argument_is_refused(network: Any, file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    network(program())
    assert cli.call(["run", str(file), "--set", "seed=3"]) == 2
    assert "--set cannot give `seed`" in capsys.readouterr().err


def test_show_prints_a_component_as_its_author_wrote_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.call(["show", "ALIF"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["# from std.neurons import ALIF", "neuron ALIF:"]
    assert all(line.startswith("    ") or not line for line in lines[2:])
    assert lines[-1].strip() == "surrogate fast_sigmoid(25)"
    assert cli.call(["show", "--json"]) == 0
    assert {"LIF", "Poisson", "Delta", "STDP", "MaxRate"} <= json.loads(capsys.readouterr().out)["components"].keys()


def test_show_prints_a_component_of_a_file_formatted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "model.snn"
    body = "neuron Cell :\n  param a=1\n\n  # inside\n  dv/dt=-a*v\n  # last\n"
    file.write_text(f"snn 1\n# what it is\n{body}# of B\nnetwork B(n:int):\n  port inp\n")
    assert cli.call(["show", f"{file}:Cell"]) == 0
    text = "# what it is\nneuron Cell:\n    param a = 1\n\n    # inside\n    v' = -a*v\n    # last\n"
    assert capsys.readouterr().out == f"# of {file}\n{text}"
    assert cli.call(["show", f"{file}:B", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["kind"], shown["text"]) == ("network", "# of B\nnetwork B(n : int):\n    port inp")
    assert cli.call(["show", str(file)]) == 0
    assert [line.split()[:2] for line in capsys.readouterr().out.splitlines()] == [["Cell", "neuron"], ["B", "network"]]
    assert cli.call(["show", f"{file}:Cel"]) == 2
    assert "did you mean `Cell`?" in capsys.readouterr().err
    file.write_text("snn 1\nneuron\n")
    assert cli.call(["show", f"{file}:Cell"]) == 1
    assert "error[E" in capsys.readouterr().err


def test_doctor_names_everything_it_looked_at(capsys: pytest.CaptureFixture[str]) -> None:
    status = cli.call(["doctor", "--json"])
    line = json.loads(capsys.readouterr().out)
    assert line["checks"].keys() == {"compiler", "headers", "torch", "torchvision", "devices", "cache", "kernels", "machine"}
    assert status == (0 if line["ok"] else 3)
    assert cli.call(["doctor"]) == status
    assert {row.split()[0] for row in capsys.readouterr().out.splitlines()} <= {"ok", "warn", "fail"}


def test_doctor_finds_a_missing_compiler_and_a_bad_cache(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    cache.chmod(0o777)
    monkeypatch.setenv("CXX", "no-such-compiler")
    monkeypatch.setenv("INFERNO_CACHE", str(cache))
    assert cli.call(["doctor", "--json"]) == 3
    checks = json.loads(capsys.readouterr().out)["checks"]
    assert checks["compiler"]["state"] == "warn"
    assert "--backend eager" in checks["compiler"]["text"]
    assert checks["cache"]["state"] == "fail"


def test_a_tree_shows_values_and_no_places() -> None:
    from inferno.cli.tree import to_text

    text = to_text(program(IMAGE))
    assert text.startswith("Program\n  name: 'f.snn'\n")
    assert "- Input\n      name: 'image'\n      kind: 'real'\n      shape: (2, 2)\n" in text
    assert "dt=1" in text
    assert "span" not in text
    assert Population.__name__ not in text
    assert Output.__name__ not in text


def test_a_closed_pipe_is_silent() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run([sys.executable, "-m", "inferno.cli.main", "show", "ALIF"], stdout=writing, stderr=subprocess.PIPE, check=False)
    os.close(writing)
    assert done.stderr == b""


def test_sigterm_outside_of_training_is_143(file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(vars(inferno), "load_network", lambda *given, **named: os.kill(os.getpid(), signal.SIGTERM))
    assert cli.call(["run", str(file)]) == 143
    assert one_line(capsys.readouterr().err) == "error: terminated"
