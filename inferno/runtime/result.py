"""What a run returns."""

from __future__ import annotations

from dataclasses import dataclass, field

from torch import Tensor


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

    `spike_counts` holds [batch, *shape] integers per population; `readout_rates` the spikes per step that each readout saw.
    """

    outputs: dict[str, Tensor]
    recordings: dict[str, Recording]
    spike_counts: dict[str, Tensor]
    readout_rates: dict[str, Tensor] = field(default_factory=dict)
    steps: int = 0

    def __getattr__(self, name: str) -> Tensor:
        outputs = self.__dict__.get("outputs", {})
        if name in outputs:
            found: Tensor = outputs[name]
            return found
        raise AttributeError(f"this network has no output `{name}`; it has {', '.join(outputs) or 'none'}")

    def __getitem__(self, name: str) -> Recording:
        if name not in self.recordings:
            raise KeyError(
                f"`{name}` is not recorded; recorded are {', '.join(self.recordings) or 'nothing'} (add `record {name}` to the file)"
            )
        return self.recordings[name]
