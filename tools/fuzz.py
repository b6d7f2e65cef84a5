"""Runs the property tests again and again, each time with other random numbers; stops at the first failure and says how to repeat it."""

import argparse
import secrets
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    rounds: int = parser.parse_args().rounds
    for number in range(1, rounds + 1):
        seed = secrets.randbelow(2**32)
        command = [sys.executable, "-m", "pytest", "-q", "-x", "tests/property", f"--hypothesis-seed={seed}"]
        print(f"round {number} of {rounds}: {' '.join(command[1:])}", flush=True)
        if status := subprocess.run(command, cwd=ROOT, check=False).returncode:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main())
