import hashlib
import math

import pytest
import torch

from inferno.runtime.kernels import draw
from inferno.runtime.philox import key_words, philox4x32, stream_key, unit_interval

# Random123's published known-answer vectors for philox4x32-10 (kat_vectors): counter, key, result.
KNOWN_ANSWERS = [
    ("00000000 00000000 00000000 00000000", "00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff ffffffff ffffffff ffffffff", "ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    ("243f6a88 85a308d3 13198a2e 03707344", "a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"),
]


def words(text: str) -> list[int]:
    return [int(word, 16) for word in text.split()]


def scalar_philox(counter: list[int], key: list[int]) -> list[int]:
    """Philox 4x32-10 in Python's own integers, written from the paper."""
    (a, b, c, d), (low, high) = counter, key
    for _ in range(10):
        first, second = 0xD2511F53 * a, 0xCD9E8D57 * c
        a, b, c, d = (second >> 32) ^ b ^ low, second % 2**32, (first >> 32) ^ d ^ high, first % 2**32
        low, high = (low + 0x9E3779B9) % 2**32, (high + 0xBB67AE85) % 2**32
    return [a, b, c, d]


def scalar_uniform(key: int, sample: int, step: int, element: int) -> float:
    counter = [element, step % 2**32, sample % 2**32, (sample >> 32) % 2**32]
    high, low, _, _ = scalar_philox(counter, [key % 2**32, (key >> 32) % 2**32])
    return ((((high << 32) | low) >> 11) + 0.5) * 2.0**-53


@pytest.mark.parametrize(("counter", "key", "result"), KNOWN_ANSWERS)
def test_philox_gives_the_published_answers(counter: str, key: str, result: str) -> None:
    tensors = [torch.tensor(word) for word in words(counter) + words(key)]
    answer = philox4x32(tuple(tensors[:4]), tuple(tensors[4:]))
    assert [int(word) for word in answer] == words(result) == scalar_philox(words(counter), words(key))


def test_a_stream_key_is_the_start_of_a_blake2b_digest() -> None:
    digest = hashlib.blake2b(b"7\0input.spikes", digest_size=8).digest()
    assert stream_key(7, "input.spikes") % 2**64 == int.from_bytes(digest, "little")


@pytest.mark.parametrize("seed", [0, -1, 2**80])
def test_a_stream_key_fits_a_torch_integer(seed: int) -> None:
    assert torch.tensor(stream_key(seed, "größe"), dtype=torch.int64).item() == stream_key(seed, "größe")


def test_seeds_and_streams_have_keys_of_their_own() -> None:
    keys = {stream_key(seed, stream) for seed in range(20) for stream in ("", "a", "b", "1a")}
    assert len(keys) == 80


def test_key_words_undo_the_sign() -> None:
    assert [int(word) for word in key_words(torch.tensor(-1))] == [0xFFFFFFFF, 0xFFFFFFFF]
    assert [int(word) for word in key_words(torch.tensor(5 << 32 | 3))] == [3, 5]


def test_the_unit_interval_leaves_out_zero() -> None:
    ends = unit_interval(torch.tensor([0, 0xFFFFFFFF]), torch.tensor([0, 0xFFFFFFFF]))
    assert ends.tolist() == [2.0**-54, 1.0]


def test_a_uniform_draw_is_the_scalar_definition_bit_for_bit() -> None:
    key, samples, step = stream_key(3, "test"), [0, 1, 2**40 + 5, -2], 2**33 + 9
    values = draw("uniform", torch.tensor(key), torch.tensor(samples), torch.tensor(step), 5, dtype=torch.float64)
    assert values.tolist() == [[scalar_uniform(key, sample, step, element) for element in range(5)] for sample in samples]


@pytest.mark.parametrize(
    ("kind", "mean", "variance", "distribution"),
    [
        ("uniform", 0.5, 1 / 12, lambda x: x),
        ("exponential", 1.0, 1.0, lambda x: 1 - torch.exp(-x)),
        ("normal", 0.0, 1.0, lambda x: 0.5 * (1 + torch.erf(x / math.sqrt(2)))),
    ],
)
def test_draws_have_their_distribution(kind: str, mean: float, variance: float, distribution) -> None:  # noqa: ANN001
    values = draw(kind, torch.tensor(stream_key(1, kind)), torch.arange(100), torch.tensor(0), 2000, dtype=torch.float64).flatten()
    count = values.numel()
    assert values.mean().item() == pytest.approx(mean, abs=4 * math.sqrt(variance / count))
    assert values.var().item() == pytest.approx(variance, rel=0.02)
    # Kolmogorov and Smirnov: the largest distance between the two distribution functions stays below 1.95/√n for p = 0.001.
    expected = distribution(values.sort().values)
    assert (expected - torch.arange(count) / count).abs().max().item() < 1.95 / math.sqrt(count)


def test_neighbouring_samples_steps_and_elements_are_uncorrelated() -> None:
    key = torch.tensor(stream_key(1, "correlation"))
    now, later = (draw("normal", key, torch.arange(101), torch.tensor(step), 1001, dtype=torch.float64) for step in (0, 1))
    pairs = [(now, later), (now[1:], now[:-1]), (now[:, 1:], now[:, :-1])]
    for left, right in pairs:
        assert abs((left * right).mean().item()) < 4 / math.sqrt(left.numel())
