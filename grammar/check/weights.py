"""What a weight has to be, for those who know weights of other units."""

from __future__ import annotations

from inferno.grammar.check.dimensions import NONE, TIME, Kind, is_plain, product, same, shown_unit
from inferno.grammar.units import dimension_of

VOLTAGE, CURRENT = dimension_of(V=1), dimension_of(A=1)
CHARGE, CONDUCTANCE = dimension_of(A=1, s=1), dimension_of(A=1, V=-1)


def advice(wanted: Kind, found: Kind) -> str:
    """What to write where a weight of one dimension stands and another is wanted; empty where nothing helps."""
    if same(wanted, NONE):
        return "here a weight is a plain number: how much of what its synapse, or the input, takes for one spike"
    if same(wanted, CHARGE) and same(found, VOLTAGE):
        return "a spike that lifts the membrane by 1 mV brings a charge, that times the capacitance: `1 mV * 200 pF`"
    if same(wanted, CHARGE) and same(found, CONDUCTANCE):
        return "a conductance opens at a receptor: take a neuron that has one, e.g. `CobaLIF`, and project on it, `-> cells.ge`"
    if same(wanted, CHARGE) and same(found, CURRENT):
        return "a current that decays is a synapse: `synapse = Exponential(q = 1 pC, tau = 5 ms)`, of the charge q for a weight of 1"
    if is_plain(wanted) and wanted in (CONDUCTANCE, CURRENT):
        return f"a spike adds its weight to the receptor, of which the weight has the unit: `1 {shown_unit(wanted)}`"
    if same(wanted, product(found, TIME)):
        return "a spike brings w/dt for one step; what it is to change at once, times the time constant, is its weight: `1 mV * 10 ms`"
    return ""
