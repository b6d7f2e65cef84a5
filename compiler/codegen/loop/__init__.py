"""The loop target: all time steps of a region as one C++ function, which touches only what spikes."""
