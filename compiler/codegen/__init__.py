"""The scheduled graph as the text of a torch module."""
