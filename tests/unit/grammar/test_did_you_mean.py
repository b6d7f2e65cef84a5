"""Whatever kind of name is misspelt, the message asks whether the right one was meant."""

from __future__ import annotations

import pytest

from inferno.grammar import findings_of

PROGRAM = """snn 1
from std.neurons import ALIF
from std.synapses import Delta
from std.plasticity import STDP
from std.readout import MaxRate
param width : int = 4
param strength = 0.3

neuron Cell:
    fn double(a) = 2*a
    param tau_m = 10 ms
    input current : nA
    state voltage = 0 @shared(mean)
    let leak = -voltage
    tau_m * voltage' = leak + double(current / (1 nA)) + exp(-1)
    spike when voltage > 1:
        voltage = 0
    refractory 2 ms hold voltage
    surrogate fast_sigmoid(25)
    solve exponential_euler
plasticity Rule:
    trace before = pre(20 ms)
    on post: w += 0.1 * next(before)
input image : real[4] in [0, 1]
population sensors[width] = ALIF(tau_m = 20 ms, I = 1 nA * image)
population cells[width] = Cell():
    init voltage = uniform(0, 1)
projection path: sensors -> cells.current:
    connect = one_to_one
    synapse = Delta(q = 1 pC)
    weight = normal(0, strength)
    delay = 1 dt
    plasticity = STDP(lr_post = 1e-3)
    upper = multiplicative(1)
    normalize = l1(3, over = post, each = sample)
output rates = mean(cells.spikes, over = time)
output label = MaxRate(cells, classes = 2)
record cells.voltage every 2
run:
    dt = 1 ms
    steps = 10
    reset = [voltage, refractory]
train:
    method = local
    epochs = 1
"""

# The right piece of the program, the wrong one, and the name that is meant.
MISTAKES = [
    ("from std.neurons", "from std.neuron", "std.neurons"),
    ("import ALIF", "import ALIFF", "ALIF"),
    ("fn double", "fun double", "fn"),
    ("neuron Cell", "nueron Cell", "neuron"),
    ("state voltage", "sate voltage", "state"),
    ("10 ms", "10 msec", "ms"),
    ("current : nA", "current : na", "nA"),
    ("@shared", "@shard", "shared"),
    ("let leak = -voltage", "let leak = -votlage", "voltage"),
    ("tau_m * voltage'", "taum * voltage'", "tau_m"),
    ("tau_m * voltage'", "tau_m * voltge'", "voltage"),
    ("+ double(", "+ duoble(", "double"),
    ("exp(-1)", "expp(-1)", "exp"),
    ("        voltage = 0", "        votlage = 0", "voltage"),
    ("hold voltage", "hold votage", "voltage"),
    ("fast_sigmoid", "fastsigmoid", "fast_sigmoid"),
    ("exponential_euler", "exponental_euler", "exponential_euler"),
    ("next(before)", "next(befor)", "before"),
    ("pre(20 ms)", "prae(20 ms)", "pre"),
    ("sensors[width] =", "sensors[widht] =", "width"),
    ("= ALIF(", "= ALIFF(", "ALIF"),
    ("tau_m = 20 ms", "tau_mm = 20 ms", "tau_m"),
    ("= Cell()", "= Cel()", "Cell"),
    ("init voltage", "init votlage", "voltage"),
    ("= uniform(", "= unifrom(", "uniform"),
    ("sensors ->", "sensor ->", "sensors"),
    ("cells.current", "cells.curent", "current"),
    ("    connect =", "    conect =", "connect"),
    ("one_to_one", "one_to_on", "one_to_one"),
    ("Delta(", "Detla(", "Delta"),
    ("(q = 1 pC)", "(qq = 1 pC)", "q"),
    ("normal(0, strength)", "normal(0, strenght)", "strength"),
    ("normal(0", "nromal(0", "normal"),
    ("STDP(", "STPD(", "STDP"),
    ("lr_post =", "lr_pots =", "lr_post"),
    ("multiplicative(", "multiplicativ(", "multiplicative"),
    ("over = post", "ovr = post", "over"),
    ("each = sample", "each = sampel", "sample"),
    ("mean(cells", "maen(cells", "mean"),
    ("(cells.spikes", "(cels.spikes", "cells"),
    ("cells.spikes", "cells.spieks", "spikes"),
    ("MaxRate(cells", "MaxRat(cells", "MaxRate"),
    ("MaxRate(cells", "MaxRate(cels", "cells"),
    ("classes = 2", "clases = 2", "classes"),
    ("record cells.voltage", "record cells.votlage", "voltage"),
    ("record cells.voltage", "record cels.voltage", "cells"),
    ("    steps = 10", "    stpes = 10", "steps"),
    ("[voltage, ref", "[votlage, ref", "voltage"),
    ("method = local", "method = lcoal", "local"),
    ("epochs = 1", "epoch = 1", "epochs"),
]


def test_the_program_is_right() -> None:
    assert findings_of(PROGRAM, "f.snn", {})[1] == ()


@pytest.mark.parametrize(("right", "wrong", "meant"), MISTAKES, ids=[f"{wrong.strip()}" for _, wrong, _ in MISTAKES])
def test_a_misspelt_name(right: str, wrong: str, meant: str) -> None:
    assert right in PROGRAM
    found = findings_of(PROGRAM.replace(right, wrong, 1), "f.snn", {})[1]
    helps = [text for one in found for text in one.helps]
    assert any(f"did you mean `{meant}`" in text for text in helps), [(one.code, one.message, one.helps) for one in found]


@pytest.mark.parametrize(("name", "meant"), [("widht", "width"), ("cells.taum", "tau_m"), ("cels.tau_m", "cells"), ("run.step", "steps")])
def test_a_misspelt_name_given_from_outside(name: str, meant: str) -> None:
    (found,) = findings_of(PROGRAM, "f.snn", {name: "1"})[1]
    assert any(f"did you mean `{meant}" in text or f".{meant}`" in text for text in found.helps), (found.message, found.helps)
