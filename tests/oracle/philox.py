"""Philox 4x32-10 on Python's own integers, written from the paper, and the three standard distributions made of it.

Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011).
"""

from __future__ import annotations

import hashlib
import math

WORD = 2**32


def philox(counter: tuple[int, int, int, int], key: tuple[int, int]) -> tuple[int, int, int, int]:
    """Four random 32-bit words."""
    (a, b, c, d), (low, high) = counter, key
    for _ in range(10):
        first, second = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = (second >> 32) ^ b ^ low, second % WORD, (first >> 32) ^ d ^ high, first % WORD
        low, high = (low + 0x9E3779B9) % WORD, (high + 0xBB67AE85) % WORD
    return a, b, c, d


def stream_key(seed: int, stream: str) -> tuple[int, int]:
    """The key of a named stream: the first 8 bytes, little-endian, of BLAKE2b over seed, NUL and name."""
    digest = hashlib.blake2b(f"{seed}\0{stream}".encode(), digest_size=8).digest()
    whole = int.from_bytes(digest, "little")
    return whole % WORD, whole // WORD


def _unit(high: int, low: int) -> float:
    return (((high << 32 | low) >> 11) + 0.5) * 2.0**-53


def standard_draw(kind: str, key: tuple[int, int], element: int, step: int, sample: int) -> float:
    """A number of the standard distribution `uniform`, `exponential` or `normal`."""
    words = philox((element, step % WORD, sample % WORD, sample // WORD % WORD), key)
    first = _unit(words[0], words[1])
    if kind == "uniform":
        return first
    if kind == "exponential":
        return -math.log(first)
    return math.sqrt(-2 * math.log(first)) * math.cos(2 * math.pi * _unit(words[2], words[3]))
