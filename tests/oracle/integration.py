"""One time step of one neuron's (or synapse's) equations, as language.md and the documented choice of solvers say.

States that are linear with constant coefficients in other such states go by the matrix exponential; a state linear in itself by
exponential Euler, its coefficients taken at the start of the (sub)step; the rest by the classical Runge-Kutta method, in whose stages
all states of the component move, whatever solver has the last word on them.  `solve` overrides.

Noise that is added with constant factors to linear states adds normal numbers with the covariance of their exact solution; another state
gains, after its drift, the factor at the start of the (sub)step times a normal number and the root of its length.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from oracle.formula import Environment, Formula, affine, formula, leaves, mentions

from inferno.compiler.nodes import Dynamics
from inferno.grammar.expression import Expression, Reference

Values = dict[str, float]
Matrix = tuple[tuple[float, ...], ...]


def exponential(matrix: np.ndarray) -> np.ndarray:
    """exp of a small matrix: Taylor series with scaling and squaring, in extended precision."""
    wide = matrix.astype(np.longdouble)
    norm = float(np.abs(wide).sum(axis=1).max())
    halvings = max(0, math.ceil(math.log2(norm)) + 4) if norm > 0 else 0
    wide = wide / np.longdouble(2) ** halvings
    term = total = np.eye(len(matrix), dtype=np.longdouble)
    for order in range(1, 24):
        term = term @ wide / order
        total = total + term
    for _ in range(halvings):
        total = total @ total
    return total


def _triangular(covariance: np.ndarray) -> list[list[float]]:
    """L of L L' = Q; a variance that is nothing but rounding is 0."""
    size = len(covariance)
    lower = np.zeros((size, size), dtype=np.longdouble)
    for j in range(size):
        left = covariance[j, j] - lower[j] @ lower[j]
        if left > 1e-13 * covariance[j, j]:
            lower[j, j] = np.sqrt(left)
            for i in range(j + 1, size):
                lower[i, j] = (covariance[i, j] - lower[i] @ lower[j]) / lower[j, j]
    return lower.astype(float).tolist()  # type: ignore[no-any-return]


class Integrator:
    """The equations of one component with the solver of each state."""

    def __init__(self, dynamics: Dynamics, dt: float) -> None:
        self.dt, self.substeps = dt, dynamics.substeps
        self.ranges = {
            s.name: (formula(s.low) if s.low is not None else None, formula(s.high) if s.high is not None else None)
            for s in dynamics.states
            if s.low is not None or s.high is not None
        }
        self.rates, self.noise = {}, {}
        for name, rate in dynamics.equations:
            known = frozenset(x.name for x in leaves(rate) if isinstance(x, Reference) and x.kind == "noise")
            found = affine(rate, known, "noise")
            assert found is not None, f"noise of {name} is not added"
            self.rates[name] = found[1]
            self.noise[name] = found[0]
        self.formulas: dict[str, Formula] = {name: formula(rate) for name, rate in self.rates.items()}
        self.gains = {name: {xi: formula(c) for xi, c in found.items()} for name, found in self.noise.items()}
        self.varying = {name for name, value in dynamics.parameters if mentions(value, "input")}
        self._maps: dict[tuple[object, ...], tuple[np.ndarray, np.ndarray]] = {}
        self._factors: dict[tuple[object, object], list[list[float]]] = {}
        self.solver = dict.fromkeys(self.rates, dynamics.method) if dynamics.method else self._chosen()
        self.exact = sorted(n for n, s in self.solver.items() if s == "exact")
        self.linear = {n: self._linear(n, frozenset(self.exact)) for n in self.exact}
        self.itself = {n: self._linear(n, frozenset({n})) for n, s in self.solver.items() if s == "exponential_euler"}

    def within(self, name: str, value: float, env: Environment) -> float:
        """A value cut to the range of a state."""
        low, high = self.ranges.get(name, (None, None))
        value = max(value, low(env)) if low is not None else value
        return min(value, high(env)) if high is not None else value

    def advance(self, env: Environment, still: frozenset[str]) -> Values:
        """The states after a step, cut to their ranges; those in `still` do not move."""
        return {n: x if n in still else self.within(n, x, env) for n, x in self._advanced(env, still).items()}

    def _advanced(self, env: Environment, still: frozenset[str]) -> Values:
        if all(n in still for n in self.rates):
            return {n: env[("state", n)] for n in self.rates}
        result = self._advance_exact(env, still)
        stepwise = [n for n in sorted(self.rates) if n not in self.exact]
        if stepwise:
            result.update(self._advance_stepwise(env, [n for n in sorted(self.rates) if n not in still]))
            result.update(self._advance_exact(env, still))
        return {n: (env[("state", n)] if n in still else result[n]) for n in self.rates}

    # ---- which solver ---------------------------------------------------------------------------

    def _constant(self, expression: Expression) -> bool:
        return not any(
            isinstance(x, Reference)
            and (x.kind in ("state", "port", "trace", "input") or (x.kind == "parameter" and x.name in self.varying))
            for x in leaves(expression)
        )

    def _chosen(self) -> dict[str, str]:
        exact = set(self.rates)
        while True:
            good = {n for n in exact if self._is_exact(n, frozenset(exact))}
            if good == exact:
                break
            exact = good
        rest = set(self.rates) - exact
        return {n: "exact" if n in exact else "exponential_euler" if affine(self.rates[n], frozenset({n})) else "rk4" for n in exact | rest}

    def _is_exact(self, name: str, others: frozenset[str]) -> bool:
        found = affine(self.rates[name], others)
        moving = set(self.rates) - others
        if not all(self._constant(c) for c in self.noise[name].values()) or any(self.noise[name].keys() & self.noise[n] for n in moving):
            return False
        return found is not None and all(self._constant(c) for c in found[0].values()) and not mentions(found[1], "state", moving)

    def _linear(self, name: str, names: frozenset[str]) -> tuple[dict[str, Formula], Formula]:
        found = affine(self.rates[name], names)
        assert found is not None, f"{name} is not linear"
        return {n: formula(c) for n, c in found[0].items()}, formula(found[1])

    # ---- exact ----------------------------------------------------------------------------------

    def _advance_exact(self, env: Environment, still: frozenset[str]) -> Values:
        names = self.exact
        if not names:
            return {}
        matrix = tuple(tuple(self.linear[r][0][c](env) if c in self.linear[r][0] and r not in still else 0.0 for c in names) for r in names)
        free = [0.0 if n in still else self.linear[n][1](env) for n in names]
        across, gain = self._propagators(matrix)
        old = [env[("state", n)] for n in names]
        moved = [float(sum(across[i][j] * old[j] + gain[i][j] * free[j] for j in range(len(names)))) for i in range(len(names))]
        return dict(zip(names, self._with_noise(moved, matrix, env, still), strict=True))

    def _with_noise(self, moved: list[float], matrix: Matrix, env: Environment, still: frozenset[str]) -> list[float]:
        """Numbers of the right covariance added: a triangular factor times independent ones, one for each state in alphabetical order."""
        names = self.exact
        noises = sorted({xi for n in names if n not in still for xi in self.noise[n]})
        if not noises:
            return moved
        inputs = tuple(tuple(self.gains[n][xi](env) if xi in self.gains[n] and n not in still else 0.0 for xi in noises) for n in names)
        factor = self._spread(matrix, inputs)
        drawn = [env["normal"](f"{n}.noise", 1) if any(row[j] for row in factor) else 0.0 for j, n in enumerate(names)]
        return [value + float(sum(factor[i][j] * drawn[j] for j in range(i + 1))) for i, value in enumerate(moved)]

    def _spread(self, matrix: Matrix, inputs: Matrix) -> list[list[float]]:
        """The triangular factor of the covariance, by Van Loan's exponential of [[-A, BB'], [0, A']]."""
        if (matrix, inputs) not in self._factors:
            size = len(matrix)
            a, b = np.array(matrix, dtype=np.longdouble), np.array(inputs, dtype=np.longdouble)
            blocks = np.zeros((2 * size, 2 * size), dtype=np.longdouble)
            blocks[:size, :size], blocks[:size, size:], blocks[size:, size:] = -a, b @ b.T, a.T
            whole = exponential(blocks * self.dt)
            self._factors[matrix, inputs] = _triangular(whole[size:, size:].T @ whole[:size, size:])
        return self._factors[matrix, inputs]

    def _propagators(self, matrix: tuple[tuple[float, ...], ...]) -> tuple[np.ndarray, np.ndarray]:
        """exp(A dt) and its integral over the step, both read off exp([[A, 1], [0, 0]] dt)."""
        if matrix not in self._maps:
            size = len(matrix)
            augmented = np.zeros((2 * size, 2 * size), dtype=np.longdouble)
            augmented[:size, :size] = matrix
            augmented[:size, size:] = np.eye(size)
            whole = exponential(augmented * self.dt)
            self._maps[matrix] = whole[:size, :size].astype(float).tolist(), whole[:size, size:].astype(float).tolist()
        return self._maps[matrix]

    # ---- step by step ---------------------------------------------------------------------------

    def _advance_stepwise(self, env: Environment, names: list[str]) -> Values:
        moved = dict(env)
        step = self.dt / self.substeps
        for substep in range(1, self.substeps + 1):
            new: Values = {}
            for method in ("euler", "exponential_euler", "rk2", "rk4"):
                mine = [n for n in names if self.solver[n] == method]
                if mine:
                    found: Values = getattr(self, f"_{method}")(moved, mine if method == "exponential_euler" else names, step)
                    new.update({n: found[n] + self._kick(moved, n, method, step, substep) for n in mine})
            moved.update({("state", n): x for n, x in new.items()})
        return {n: moved[("state", n)] for n in names}

    def _kick(self, env: Environment, name: str, method: str, step: float, substep: int) -> float:
        """What noise adds to a state in a substep."""
        root = math.sqrt(step)
        if method == "exponential_euler" and name in self.itself[name][0] and self.noise[name]:
            twice = 2 * self.itself[name][0][name](env)
            root = math.sqrt(math.expm1(twice * step) / twice) if twice else root
        return sum(gain(env) * root * env["normal"](xi, substep) for xi, gain in sorted(self.gains[name].items()))

    def _slopes(self, env: Mapping[object, object], names: list[str]) -> Values:
        return {n: self.formulas[n](dict(env)) for n in names}

    @staticmethod
    def _shifted(env: Environment, slopes: Values, step: float) -> Environment:
        return {**env, **{("state", n): env[("state", n)] + step * slope for n, slope in slopes.items()}}

    def _euler(self, env: Environment, names: list[str], step: float) -> Values:
        slopes = self._slopes(env, names)
        return {n: env[("state", n)] + step * slopes[n] for n in names}

    def _rk2(self, env: Environment, names: list[str], step: float) -> Values:
        middle = self._slopes(self._shifted(env, self._slopes(env, names), step / 2), names)
        return {n: env[("state", n)] + step * middle[n] for n in names}

    def _rk4(self, env: Environment, names: list[str], step: float) -> Values:
        k1 = self._slopes(env, names)
        k2 = self._slopes(self._shifted(env, k1, step / 2), names)
        k3 = self._slopes(self._shifted(env, k2, step / 2), names)
        k4 = self._slopes(self._shifted(env, k3, step), names)
        return {n: env[("state", n)] + step * (k1[n] + 2 * k2[n] + 2 * k3[n] + k4[n]) / 6 for n in names}

    def _exponential_euler(self, env: Environment, names: list[str], step: float) -> Values:
        result: Values = {}
        for n in names:
            own, free = self.itself[n]
            rate = own[n](env) if n in own else 0.0
            growth = math.exp(rate * step)
            gain = math.expm1(rate * step) / rate if rate else step
            result[n] = env[("state", n)] * growth + free(env) * gain
        return result
