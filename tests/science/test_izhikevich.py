"""Firing patterns of Izhikevich's simple model, by his own program for figure 1 of the paper of 2004."""

from pathlib import Path

import inferno

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "izhikevich.snn"


def test_the_simple_model_fires_as_its_authors_program_does() -> None:
    found = inferno.load_network(EXAMPLE, backend="eager", device="cpu", dtype="float64")()

    def times(name: str) -> list[float]:
        """His program dates a spike at the beginning of its step."""
        recording = found[f"{name}.spikes"]
        return [float(time) - 0.25 for time in recording.times[recording.values.flatten().bool()]]

    assert [time for time in times("tonic_spiking") if time < 86] == [13, 17, 31.5, 59.25]
    bursting = times("tonic_bursting")
    assert (len(bursting), bursting[:3]) == (28, [25, 26.5, 28.25])
    assert len(times("phasic_spiking")) == 1
    intervals = [b - a for a, b in zip(times("spike_adaptation"), times("spike_adaptation")[1:], strict=False)]
    assert intervals[0] < 3 and intervals[-1] > 20
