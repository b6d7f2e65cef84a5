"""What is drawn: the numbers of streams, parameters, who is joined to whom, weights and delays."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from fractions import Fraction
from functools import partial
from typing import Any

from oracle.connectivity import made_pairs, pairs, place_of, places
from oracle.formula import formula
from oracle.parts import Group, Wiring
from oracle.philox import standard_draw, stream_key
from oracle.stacks import Stack

from inferno.compiler.nodes import Gap
from inferno.grammar.checked import Grid, Places, Scatter
from inferno.grammar.expression import Draw


class Chance:
    """The random numbers of a network with a seed."""

    def __init__(self, seed: int, dt: Fraction, shapes: Mapping[str, tuple[int, ...]], where: Mapping[str, Places]) -> None:
        self.seed, self.dt, self.shapes, self.where = seed, dt, shapes, where
        self._keys: dict[str, tuple[int, int]] = {}

    def random(self, place: str, element: int, step: int, sample: int, draw: Draw) -> float:
        """The number of a draw at a place, for an element, a step and a sample."""
        if draw.state:  # of what another state of the same owner begins with
            place = f"{place.rsplit('.', 2)[0]}.{draw.state}.initial"
        stream = f"{place}.{draw.number}"
        if stream not in self._keys:
            self._keys[stream] = stream_key(self.seed, stream)
        return standard_draw(draw.standard, self._keys[stream], element, step, sample)

    def normals(self, owner: str, element: int, step: int, sample: int) -> Any:
        """What gives the normal numbers of a step by place and number."""
        return lambda place, number: self.random(f"{owner}.{place}", element, step, sample, Draw("normal", number))

    def neighbours(self, population: str, gap: Gap) -> dict[int, list[int]]:
        """Whom the gap junctions of a population join to each neuron."""
        shape = self.shapes[population]
        found: dict[int, list[int]] = {}
        numbers = places(shape, gap.part)

        def random(number: int, kind: str, row: int, element: int) -> float:
            return standard_draw(kind, stream_key(self.seed, f"{gap.stream}.connect.{number}"), element, 0, row)

        if gap.other:
            others, is_back = places(self.shapes[gap.other], gap.other_part), gap.recipe[0] == "transposed"
            ends = (numbers, others) if is_back else (others, numbers)
            apart = partial(self.apart, *((population, gap.other) if is_back else (gap.other, population)))
            for i, j in sorted(made_pairs(gap.recipe[1] if is_back else gap.recipe, *ends, population == gap.other, apart, random)):
                mine, its = (i, j) if is_back else (j, i)
                found.setdefault(numbers[mine], []).append(others[its])
            return found
        joined = made_pairs(gap.recipe[1], numbers, numbers, True, partial(self.apart, population, population), random)
        for i, j in sorted(joined | {(j, i) for i, j in joined}):
            if i != j:
                found.setdefault(numbers[i], []).append(numbers[j])
        return found

    def draw_parameters(self, name: str, group: Group) -> None:
        """The parameters of each neuron, the same for all samples and for ever."""
        for neuron, own in enumerate(group.own):
            for parameter, value in group.drawn:
                draw = partial(self.random, f"{name}.{parameter}.parameter", neuron, 0, 0)
                own[("parameter", parameter)] = value({**group.constants, **own, "draw": draw})

    def _edge_draw(self, name: str, place: str, wiring: Wiring, i: int, j: int) -> Any:
        """What gives the random numbers of a value of the synapse from i to j, or of one of the neurons that it joins."""

        def drawn(draw: Draw) -> float:
            element = {"pre": i, "post": j}[draw.side] if draw.side else wiring.number(i, j)
            return self.random(f"{name}.{draw.shared}.draw" if draw.shared else f"{name}.{place}", element, 0, 0, draw)

        return drawn

    def draw_edge_parameters(self, name: str, wiring: Wiring) -> None:
        """The parameters of a projection's synapse, of each target, and of its rule, of each synapse."""
        for j, own in enumerate(wiring.own):
            for parameter, value in wiring.drawn:
                own["draw"] = self._edge_draw(name, f"{parameter}.parameter", wiring, 0, j)
                own[("parameter", parameter)] = value(own)
        if wiring.learning is None:
            return
        for i, j in itertools.product(range(wiring.sources), range(wiring.targets)):
            if wiring.exists(i, j):
                wiring.learning.draw_parameters(i, j, lambda place, at=(i, j): self._edge_draw(name, place, wiring, *at))

    def draw_weights(self, wirings: Mapping[str, Wiring]) -> None:
        """The weights of all projections, and what synapses there are."""
        for name, wiring in wirings.items():
            if wiring.edge.pattern == "list":
                self._draw_synapses(name, wiring)
                continue
            if wiring.edge.stages is not None and wiring.edge.pattern != "conv":
                drawn = partial(self._layer_draw, name)
                wiring.stack = Stack(wiring.edge.stages, drawn)
                continue
            expression = wiring.edge.weight
            if wiring.edge.stages is not None and wiring.edge.pattern == "conv":
                expression = wiring.edge.stages[0].tensors[0].initial
            weight = formula(expression)
            wiring.weights = [
                [
                    weight({"draw": self._edge_draw(name, "weight.initial", wiring, i, j)}) if wiring.exists(i, j) else 0.0
                    for j in range(wiring.targets)
                ]
                for i in range(wiring.sources)
            ]
            if wiring.shares and wiring.edge.delays is not None:
                time = formula(wiring.edge.delays.time)
                late = {p: float(time({"draw": self._edge_draw(name, "delay.initial", wiring, *p)})) for p in wiring.shares}
                wiring.delays = {p: max(1, math.floor(x / self.dt + 0.5)) if x else 0 for p, x in late.items()}
            self.normalize(wiring)

    def _layer_draw(self, name: str, tensor: str, element: int, draw: Draw) -> float:
        return self.random(f"{name}.{tensor}.initial", element, 0, 0, draw)

    def _draw_synapses(self, name: str, wiring: Wiring) -> None:
        """Pairs, delays and weights of a list; the synapses are numbered by source and target."""
        edge = wiring.edge

        def random(number: int, kind: str, row: int, element: int) -> float:
            key = stream_key(self.seed, f"{name}.connect.{number}")
            return standard_draw(kind, key, element, 0, row)

        apart = partial(self.apart, wiring.sender, edge.target)
        wiring.pairs = pairs(edge, (self.shapes[edge.source], self.shapes[edge.target]), apart, random)
        wiring.weights = [[0.0] * wiring.targets for _ in range(wiring.sources)]
        weight, time = formula(edge.weight), formula(edge.delays.time) if edge.delays is not None else None
        for i, j in sorted(wiring.pairs):
            far = {("place", "distance"): apart(wiring.source_places[i], wiring.target_places[j], True)}
            wiring.weights[i][j] = float(weight({**far, "draw": self._edge_draw(name, "weight.initial", wiring, i, j)}))
            if time is not None:
                late = float(time({**far, "draw": self._edge_draw(name, "delay.initial", wiring, i, j)}))
                wiring.delays[i, j] = max(1, math.floor(late / self.dt + 0.5)) if late else 0
        self.normalize(wiring)

    def apart(self, source: str, target: str, i: int, j: int, in_space: bool) -> float:
        """How far neuron i of one population and neuron j of another are from each other, in um or on their grids."""
        here, there = self.place(source, i, in_space), self.place(target, j, in_space)
        return math.dist(here, there) if len(here) == len(there) else 0.0

    def place(self, population: str, neuron: int, in_space: bool) -> list[float]:
        """Where a neuron is."""
        places = self.where.get(population)
        if in_space and isinstance(places, Scatter):
            keys = [stream_key(self.seed, f"{population} place.{axis}") for axis in range(len(places.sides))]
            return [float(side) * standard_draw("uniform", k, neuron, 0, 0) for k, side in zip(keys, places.sides, strict=True)]
        spacing = float(places.spacing) if in_space and isinstance(places, Grid) else 1.0
        return [x * spacing for x in place_of(neuron, self.shapes[population])]

    @staticmethod
    def normalize(wiring: Wiring) -> None:
        if wiring.edge.normalize is None:
            return
        norm, over, _ = wiring.edge.normalize
        if wiring.shares:
            Chance._normalize_windows(wiring, norm)
            return
        rows, columns = range(wiring.sources), range(wiring.targets)
        lines = [[(i, j) for i in rows] for j in columns] if over == "pre" else [[(i, j) for j in columns] for i in rows]
        for line in lines:
            total = sum(abs(wiring.weights[i][j]) for i, j in line)
            for i, j in line:
                if total > 0:
                    wiring.weights[i][j] *= norm / total

    @staticmethod
    def _normalize_windows(wiring: Wiring, norm: float) -> None:
        """The weights of a window, which all targets of an output channel share, are brought to a norm together."""
        weights = {share: wiring.weights[i][j] for (i, j), share in wiring.shares.items()}
        assert wiring.edge.stages is not None
        in_window = wiring.edge.stages[0].taken[0] * wiring.edge.stages[0].option("kernel") ** 2
        totals: dict[int, float] = {}
        for share, weight in weights.items():
            totals[share // in_window] = totals.get(share // in_window, 0.0) + abs(weight)
        for (i, j), share in wiring.shares.items():
            total = totals[share // in_window]
            wiring.weights[i][j] = weights[share] * (norm / total if total > 0 else 1.0)
