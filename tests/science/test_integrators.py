"""The exact integrator is exact, and each other one converges with its order."""

import numpy as np
import pytest
from written import Write

COUPLED = """
neuron Coupled:
    state v = 0.3, u = -0.2
    10 ms * v' = 1 - v - 4*u
    7 ms * u' = 3*v - u
population p[1] = Coupled()
record p.v, p.u
run:
    dt = {dt} ms
    duration = 20 ms
"""


def test_linear_equations_are_exact_at_any_time_step(network: Write) -> None:
    matrix = np.array([[-1 / 10, -4 / 10], [3 / 7, -1 / 7]])
    fixed = np.linalg.solve(matrix, [-1 / 10, 0])
    values, vectors = np.linalg.eig(matrix)
    growth = (vectors @ np.diag(np.exp(values * 20)) @ np.linalg.inv(vectors)).real
    expected = fixed + growth @ (np.array([0.3, -0.2]) - fixed)
    for dt in ("4", "1", "0.5", "0.1"):
        result = network(COUPLED.format(dt=dt))()
        found = [result["p.v"].values[-1].item(), result["p.u"].values[-1].item()]
        assert found == pytest.approx(expected, rel=1e-12)


LOGISTIC = """
neuron Logistic:
    state x = 0.1
    5 ms * x' = x*(1 - x)
    solve {method}
population p[1] = Logistic()
record p.x
run:
    dt = {dt} ms
    duration = 8 ms
"""


@pytest.mark.parametrize(("method", "order"), [("euler", 1), ("rk2", 2), ("rk4", 4), ("euler substeps 3", 1), ("rk4 substeps 2", 4)])
def test_integrators_converge_with_their_order(network: Write, method: str, order: int) -> None:
    exact = 1 / (1 + 9 * np.exp(-8 / 5))
    steps = [1, 0.5, 0.25, 0.125]
    errors = [abs(network(LOGISTIC.format(method=method, dt=dt))()["p.x"].values[-1].item() - exact) for dt in steps]
    slope = np.polyfit(np.log(steps), np.log(errors), 1)[0]
    assert slope == pytest.approx(order, abs=0.2)


def test_substeps_of_exponential_euler_make_it_more_exact(network: Write) -> None:
    text = """
neuron Pair:
    state v = 1, a = 0.5
    10 ms * v' = -v - a
    27 ms * a' = 2*v - a
    solve exponential_euler substeps {substeps}
population p[1] = Pair()
record p.v
run:
    dt = 1 ms
    steps = 10
"""
    exact = network(text.replace("exponential_euler substeps {substeps}", "exact"))()["p.v"].values[-1].item()
    errors = [abs(network(text.format(substeps=n))()["p.v"].values[-1].item() - exact) for n in (1, 4)]
    assert errors[1] < errors[0] / 3
