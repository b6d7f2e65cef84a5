"""Equations whose parts would be too large, were all names in them put in."""

from __future__ import annotations

import pytest

from inferno.compiler.pipeline import compile_program
from inferno.grammar import check_text

INTERNEURON = """snn 1
neuron Fast:
    \"\"\"A fast-spiking interneuron (Wang & Buzsaki, J Neurosci 16:6402, 1996).\"\"\"
    param C = 10 mF/m^2, gL = 1 S/m^2, gNa = 350 S/m^2, gK = 90 S/m^2, phi = 5
    input I : A/m^2
    state v : mV = -64 mV
    state h = 0.78, n = 0.09, s = 0
    let am = 0.1*(v + 35 mV) / (1 - exp(-0.1*(v + 35 mV)/(1 mV))) / (1 mV)
    let bm = 4*exp(-(v + 60 mV)/(18 mV))
    let m = am / (am + bm)
    let an = 0.01*(v + 34 mV) / (1 - exp(-0.1*(v + 34 mV)/(1 mV))) / (1 mV)
    C * v' = -gL*(v + 65 mV) - gNa*m^3*h*(v - 55 mV) - gK*n^4*(v + 90 mV) + I
    h' = phi*(0.07*exp(-(v + 58 mV)/(20 mV))*(1 - h) - h/(exp(-0.1*(v + 28 mV)/(1 mV)) + 1)) / (1 ms)
    n' = phi*(an*(1 - n) - 0.125*exp(-(v + 44 mV)/(80 mV))*n) / (1 ms)
    s' = (12*sigmoid(v/(2 mV))*(1 - s) - 0.1*s) / (1 ms)
    SOLVER
    spike when v > 0 mV
    refractory 3 ms
population cells[10] = Fast(I = 10 nA/mm^2)
run:
    dt = 0.01 ms
    steps = 2
"""


@pytest.mark.parametrize("solver", ["", "solve rk4", "solve rk4 substeps 3"])
def test_a_membrane_with_channels_becomes_a_loop(solver: str) -> None:
    compiled = compile_program(check_text(INTERNEURON.replace("SOLVER", solver), "cells.snn", {}))
    assert "// All time steps of cells in training." in compiled.loops
