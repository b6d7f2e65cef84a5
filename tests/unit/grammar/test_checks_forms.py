"""Which form of a neuron a population is of."""

from __future__ import annotations

import pytest

from inferno import SnnError
from inferno.grammar import check_text


def model(use: str, more: str = "") -> str:
    text = f"snn 1\nfrom std.neurons import LIF\npopulation p[2] = {use}{more}\n"
    return check_text(text.encode(), "forms.snn", {}).populations[0].neuron.model.name


@pytest.mark.parametrize("use", ["LIF()", "LIF(tau_m = 20 ms)", "LIF(v_th = -50 mV)", "LIF(I = 1 nA)", "LIF(v_rest = 0, v_th = 5 mV)"])
def test_units_mean_the_form_with_units(use: str) -> None:
    assert model(use) == "LIF"


@pytest.mark.parametrize(
    "use",
    ["LIF(v_th = 1)", "LIF(tau_m = 20 ms, v_th = 1, reset = subtract)", "LIF(R = 2)", "LIF(v_th = uniform(0.5, 1.5), surrogate = atan(2))"],
)
def test_numbers_mean_the_form_without(use: str) -> None:
    assert model(use) == "NormalLIF"
    assert model("LIF()", ":\n    v_th = 1") == "NormalLIF"


def test_a_mixture_is_reported_in_the_words_of_the_first_form() -> None:
    with pytest.raises(SnnError, match="`v_th` of `LIF` needs a unit"):
        model("LIF(v_th = 1, v_rest = -65 mV)")
    with pytest.raises(SnnError, match="no parameter `v_thresh`"):
        model("LIF(v_thresh = 1)")


def test_a_form_stands_beside_what_it_is_a_form_of() -> None:
    text = "snn 1\nneuron B as A:\n    param a = 1\n    state v = 0\n    10 ms * v' = a - v\npopulation p[1] = B()\n"
    with pytest.raises(SnnError, match="there is no neuron `A` in this file"):
        check_text(text.encode(), "forms.snn", {})
