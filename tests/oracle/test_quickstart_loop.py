"""A miniature of the quickstart agrees spike for spike with a plain loop: 2 x 3 inputs, 4 neurons, 40 steps, several batches."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch
from torch import Tensor

import inferno
from inferno import functional, learn, neural

ROOT = Path(__file__).resolve().parents[2]
SAMPLES, STEPS, INPUTS, OUTPUTS = 2, 40, (2, 3), (4,)
NORM, CHARGE = 1.8, 1000.0


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


Quickstart = load(Path(__file__).with_name("quickstart_loop.py")).Quickstart


class Model(inferno.Module):
    def __init__(self, exc: neural.Neuron, inh: neural.Neuron, *connections: neural.Connection) -> None:
        super().__init__()
        self.feedfwd = neural.Serial(connections[0], exc)
        self.inhibit = neural.Serial(connections[1], exc)
        self.trigger = neural.Serial(connections[2], inh)

    def forward(self, inputs: Tensor, trainer: learn.STDP | None = None) -> Tensor:
        def step(x: Tensor) -> Tensor:
            res = self.feedfwd(x)
            self.inhibit(self.trigger(res))
            if self.training and trainer:
                trainer()
                self.feedfwd.connection.update()
            return res

        found = torch.stack([step(x) for x in inputs])
        self.apply(lambda m: m.clear() if isinstance(m, neural.Neuron | neural.Connection) else None)
        return found


def built(weight: Tensor, lr_post: float, lr_pre: float) -> tuple[Model, learn.STDP, list[inferno.StateHook]]:
    exc = neural.ALIF(
        OUTPUTS, 1.0, rest_v=-65.0, reset_v=-60.0, thresh_eq_v=-52.0, refrac_t=5.0, tc_membrane=100.0, tc_adaptation=1e7,
        spike_increment=0.05, batch_size=SAMPLES,
    )  # fmt: skip
    inh = neural.LIF(
        OUTPUTS, 1.0, rest_v=-60.0, reset_v=-45.0, thresh_v=-40.0, refrac_t=2.0, time_constant=75.0, batch_size=SAMPLES
    )  # fmt: skip
    delta = neural.DeltaCurrent.partialconstructor
    enc = neural.LinearDense(INPUTS, OUTPUTS, 1.0, synapse=delta(CHARGE), weight_init=lambda x: weight.to(x.dtype), batch_size=SAMPLES)
    lateral = neural.LinearLateral(OUTPUTS, 1.0, synapse=delta(100.0), weight_init=lambda x: inferno.full(x, -2.0), batch_size=SAMPLES)
    direct = neural.LinearDirect(OUTPUTS, 1.0, synapse=delta(75.0), weight_init=lambda x: inferno.full(x, 22.5), batch_size=SAMPLES)
    model = Model(exc, inh, enc, lateral, direct).to(torch.float64)
    enc.weight = weight
    norm = neural.Normalization(model, "feedfwd.connection.weight", order=1, scale=NORM, dim=-1, eval_update=False)
    norm.register()
    norm()
    updater = enc.defaultupdater()
    enc.updater = updater
    trainer = learn.STDP(step_time=1.0, lr_post=lr_post, lr_pre=lr_pre, tc_post=30.0, tc_pre=30.0)
    trainer.register_cell("feedfwd", model.feedfwd.cell)
    trainer.to(torch.float64)
    clamp = neural.Clamping(updater, "parent.weight", min=0.0)
    clamp.register()
    updater.weight.upperbound(functional.bound_upper_multiplicative, 1.0)
    return model, trainer, [norm, clamp]


@pytest.mark.parametrize("seed", range(6))
def test_the_quickstart_in_small_is_the_plain_loop_spike_for_spike(seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    weight = torch.rand(*OUTPUTS, INPUTS[0] * INPUTS[1], generator=generator, dtype=torch.float64)
    lr_post, lr_pre = 5e-2, -2e-3
    model, trainer, hooks = built(weight, lr_post, lr_pre)
    loop = Quickstart(weight.tolist(), SAMPLES, lr_post, lr_pre, 30.0, NORM, -2.0, 22.5, (CHARGE, 100.0, 75.0))
    loop.normalize()
    total = 0
    with torch.no_grad():
        for number in range(5):
            training = number != 3
            model.train(training), trainer.train(training)
            inputs = torch.rand(STEPS, SAMPLES, *INPUTS, generator=generator) < 0.25
            found = model(inputs, trainer if training else None)
            expected = torch.tensor(loop.run(inputs.flatten(2).tolist(), training))
            assert torch.equal(found, expected), f"batch {number}"
            torch.testing.assert_close(model.feedfwd.connection.weight.data, torch.tensor(loop.weight, dtype=torch.float64))
            theta = model.feedfwd.neuron.threshold_adaptation.squeeze(-1)
            torch.testing.assert_close(theta, torch.tensor(loop.exc.theta, dtype=torch.float64))
            total += int(found.sum())
    assert total > 20 and len(hooks) == 2
