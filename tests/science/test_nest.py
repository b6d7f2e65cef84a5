"""Random recurrent networks of exponential-current neurons spike as in NEST 3.10, to the step; tools/record_nest.py recorded them.

How NEST's `iaf_psc_exp` maps to a program: docs/nest.md.
"""

from pathlib import Path

import numpy as np
import pytest
import torch

import inferno

RECORDED = sorted((Path(__file__).parent / "nest").glob("*.npz"))
GENERATORS = 20

PROGRAM = """snn 1
neuron IafPscExp:
    param tau_m = {tau_m} ms, C = {C_m} pF, EL = {E_L} mV, v_th = {V_th} mV, v_r = {V_reset} mV, I_e = {I_e} pA
    receptor excitation : pA = exponential({tau_syn_ex} ms)
    receptor inhibition : pA = exponential({tau_syn_in} ms)
    state v : mV = EL
    v' = (EL - v)/tau_m + (excitation + inhibition + I_e)/C
    spike when v >= v_th:
        v = v_r
    refractory {t_ref} ms hold v
input taps : spikes[20]
population cells[50] = IafPscExp()
record cells.spikes
run:
    dt = {dt} ms
    steps = {steps}
"""
PROJECTION = """
projection {name}: {source} -> cells.{port}:
    connect = from_file("{name}.npz")
    weight  = from_file
    delay   = from_file
"""


def program(data: dict[str, np.ndarray], folder: Path) -> str:
    """The program's text; its synapses go into files beside it."""
    dt = float(data["dt"])
    numbers = {name: value.item() for name, value in data.items() if value.ndim == 0}
    text = PROGRAM.format(**numbers)
    for source, prefix in (("cells", ""), ("taps", "input_")):
        weight = data[f"{prefix}weight"] / 1000  # nA
        for port, chosen in (("excitation", weight > 0), ("inhibition", weight < 0)):
            name = f"{source}_{port}"
            pairs = {end: data[f"{prefix}{end}"][chosen].astype(np.int64) for end in ("pre", "post")}
            # A spike that arrives at the end of NEST's step is there at the beginning of the next one.
            delay = (data[f"{prefix}delay"][chosen] + 1) * dt
            np.savez(folder / f"{name}.npz", **pairs, weight=weight[chosen], delay=delay)
            text += PROJECTION.format(name=name, source=source, port=port)
    return text


@pytest.mark.parametrize("recorded", RECORDED, ids=lambda path: path.stem)
def test_spike_trains_are_those_of_nest(recorded: Path, tmp_path: Path) -> None:
    with np.load(recorded) as file:
        data = dict(file)
    path = tmp_path / "nest.snn"
    path.write_text(program(data, tmp_path))
    taps = torch.zeros(int(data["steps"]), 1, GENERATORS, dtype=torch.bool)
    # NEST dates a spike at the end of its step, and counts steps from 1.
    taps[data["input_step"].astype(np.int64) - 1, 0, data["input_index"].astype(np.int64)] = True
    net = inferno.load_network(path, backend="eager", device="cpu", dtype="float64")
    step, cell = torch.nonzero(net(taps=taps)["cells.spikes"].values[:, 0], as_tuple=True)
    assert len(RECORDED) == 5 and len(step) > 100
    assert (step + 1).tolist() == data["spike_step"].tolist()
    assert cell.tolist() == data["spike_index"].tolist()
