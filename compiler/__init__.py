"""Checked program to running network: graph, passes, code generation, loading."""
