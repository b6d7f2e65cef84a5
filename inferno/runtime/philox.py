"""Counter-based random numbers: every draw is a pure function of (seed, stream, sample, step, element).

Philox 4x32-10 of Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011). Batch split, order of
calls, thread count and device cannot change a number, because none of them is an argument.

Plain torch: unsigned 32-bit words ride in int64 tensors.
"""

from __future__ import annotations

import hashlib

import torch
from torch import Tensor

Words = tuple[Tensor, Tensor, Tensor, Tensor]

WORD = 0xFFFFFFFF
ROUNDS = 10
MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)
WEYL = (0x9E3779B9, 0xBB67AE85)
STRIDE = 1 << 20
"""Draws of one step of the counter for the synapses of a list: synapse s has the element s % STRIDE of step s // STRIDE."""


def stream_key(seed: int, stream: str) -> int:
    """The 64-bit Philox key of a named stream, as a signed integer that fits a torch int64.

    The first 8 bytes, little-endian, of BLAKE2b over seed, NUL and name: streams are independent however alike their names are.
    """
    digest = hashlib.blake2b(f"{seed}\0{stream}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def key_words(key: Tensor) -> tuple[Tensor, Tensor]:
    """The low and the high 32 bits of int64 numbers, each in 0 … 2³²-1."""
    return key & WORD, (key >> 32) & WORD


def philox4x32(counter: Words, key: tuple[Tensor, Tensor]) -> Words:
    """Four random 32-bit words for each counter; int64 tensors in 0 … 2³²-1 that broadcast against each other."""
    low, high = key
    for _ in range(ROUNDS):
        counter = _round(counter, low, high)
        low, high = (low + WEYL[0]) & WORD, (high + WEYL[1]) & WORD
    return counter


def _round(counter: Words, low: Tensor, high: Tensor) -> Words:
    """One Philox S-box over all four words."""
    # The product of two 32-bit words wraps in int64; shifting and masking finds its high word all the same.
    first, second = counter[0] * MULTIPLIERS[0], counter[2] * MULTIPLIERS[1]
    return (
        ((second >> 32) & WORD) ^ counter[1] ^ low,
        second & WORD,
        ((first >> 32) & WORD) ^ counter[3] ^ high,
        first & WORD,
    )


def unit_interval(high: Tensor, low: Tensor) -> Tensor:
    """Float64 numbers ((x >> 11) + ½)·2⁻⁵³ of x = high·2³² + low: never 0; 1 itself with probability 2⁻⁵³, by rounding."""
    top_53_bits = (high << 21) | (low >> 11)
    return (top_53_bits.to(torch.float64) + 0.5) * 2.0**-53
