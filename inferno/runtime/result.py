"""What a run returns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from torch import Tensor

from inferno.runtime.description import Claim

INDEX = re.compile(r"\[[^]]*\]")
"""What selects neurons in the name of a recording."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded variable: `values` [time, batch, *shape] (weights: [time, sources, targets]), `times` [time] in ms, `unit`.

    A time is that of the end of the step whose value was sampled.
    """

    values: Tensor
    times: Tensor
    unit: str


@dataclass(frozen=True)
class Result:
    """The outputs of a run by name (`result.rates`), its recordings (`result["exc.spikes"]`), and who spiked how often.

    `spike_counts` holds [batch, *shape] integers per population; `readout_rates` the spikes per step that each readout saw.  `claims` are
    the `expect` lines, judged by this call (in evaluation only); `facts`
    what a folder of recordings says of itself: program, dt, seed, versions.
    """

    outputs: dict[str, Tensor]
    recordings: dict[str, Recording]
    spike_counts: dict[str, Tensor]
    readout_rates: dict[str, Tensor] = field(default_factory=dict)
    steps: int = 0
    claims: tuple[Claim, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __getattr__(self, name: str) -> Tensor:
        outputs = self.__dict__.get("outputs", {})
        if name in outputs:
            found: Tensor = outputs[name]
            return found
        raise AttributeError(f"this network has no output `{name}`; it has {', '.join(outputs) or 'none'}")

    def __getitem__(self, name: str) -> Recording:
        """A recording by its name; `exc.v` also finds `exc[:5].v` where that is the only one of `exc.v`."""
        if name in self.recordings:
            return self.recordings[name]
        parts = [key for key in self.recordings if INDEX.sub("", key) == name]
        if len(parts) == 1:
            return self.recordings[parts[0]]
        recorded = ", ".join(f"`{key}`" for key in self.recordings) or "nothing"
        raise KeyError(f"`{name}` is not recorded; recorded are {recorded} (add `record {name}` to the file)")
