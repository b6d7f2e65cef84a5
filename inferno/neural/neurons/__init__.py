"""Neurons: currents in, spikes out.  Their equations come from `std/neurons.snn` or any other `.snn` file."""
