"""What someone in Python or a notebook reads of a wrong program."""

from __future__ import annotations

from pathlib import Path

import pytest

import inferno


def test_an_error_in_python_shows_the_place_and_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "wrong.snn"
    path.write_text("snn 1\nfrom std.neurons import LIF\npopulation cells[3] = LIF(tau_m = 20)\n")
    with pytest.raises(inferno.SnnError) as wrong:
        inferno.load_network(path, backend="eager")
    text = str(wrong.value)
    assert text.splitlines()[0] == "error[E0206]: `tau_m` of `LIF` needs a unit"
    assert f"--> {path}:3:35" in text
    assert "population cells[3] = LIF(tau_m = 20 ms)" in text
