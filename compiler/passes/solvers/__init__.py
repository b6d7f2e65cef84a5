"""Updates of equations over one step."""
