"""Synapses: spikes in, currents out, and the history of both that delays read."""
