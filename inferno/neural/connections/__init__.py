"""Connections: spikes of one group in, currents for another out, by trainable weights."""
