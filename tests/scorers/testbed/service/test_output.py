"""What a service printed: the beginning and the end, in order, however it comes."""

import os
import threading

import pytest

from scorers.testbed.service.output import HEAD_BYTES, TAIL_BYTES, Output


def printed(chunks: list[bytes], limit_bytes: int = 10**9) -> tuple[str, bool]:
    """Return what is kept of `chunks`, and whether there was too much."""
    flooded = threading.Event()
    output = Output(limit_bytes=limit_bytes, on_flood=flooded.set)
    for chunk in chunks:
        os.write(output.writing, chunk)
    output.close()
    return output.text(), flooded.is_set()


def test_a_little_is_kept_whole() -> None:
    assert printed([b"one\n", b"two\n"]) == ("one\ntwo\n", False)
    assert printed([]) == ("", False)


@pytest.mark.parametrize("size", [HEAD_BYTES - 1, HEAD_BYTES, HEAD_BYTES + 1, HEAD_BYTES + TAIL_BYTES])
def test_what_fits_is_kept_whole(size: int) -> None:
    text = "".join(f"{number:07}\n" for number in range(size // 8 + 1))[:size]
    assert printed([text.encode()[at : at + 1000] for at in range(0, size, 1000)])[0] == text


@pytest.mark.parametrize("chunk", [1, 7, 60_000])
def test_of_much_the_beginning_and_the_end_are_kept(chunk: int) -> None:
    size = HEAD_BYTES + TAIL_BYTES + 5_000
    text = "".join(f"{number:07}\n" for number in range(size // 8 + 1))[:size]
    kept, _ = printed([text.encode()[at : at + chunk * 100] for at in range(0, size, chunk * 100)])
    assert kept.startswith(text[:HEAD_BYTES])
    assert kept.endswith(text[-TAIL_BYTES:])
    assert "\n… 5000 bytes left out …\n" in kept


def test_a_flood_is_told_once_and_reading_goes_on() -> None:
    told: list[int] = []
    output = Output(limit_bytes=1000, on_flood=lambda: told.append(1))
    for _ in range(100):
        os.write(output.writing, b"x" * 1000)
    output.close()
    assert told == [1]
    assert output.total_bytes == 100_000


def test_what_is_no_text_is_replaced() -> None:
    assert printed([b"\xff\xfe ok"])[0] == "�� ok"
