"""Layers: connections and the neurons that they drive."""
