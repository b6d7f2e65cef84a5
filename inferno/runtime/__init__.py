"""What generated code calls, and what drives it."""
