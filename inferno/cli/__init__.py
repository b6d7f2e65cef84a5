"""The command line: one thin file per command, which reads, calls and prints."""
