"""Raw samples: one row per request, kept whole, because percentiles of percentiles are no percentiles."""

import array
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

NO_ANSWER = 0
"""The status of a request that got no answer."""


class Samples(BaseModel):
    """Columns of equal length. Times are seconds since the recorded time began; negative in the warm-up."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    names: list[str]
    """Names of the endpoints; `endpoint` is an index into them."""
    endpoint: NDArray[np.int32]
    due_s: NDArray[np.float64]
    late_s: NDArray[np.float64]
    """From due until the generator began to send."""
    latency_s: NDArray[np.float64]
    """From due until the answer was read, or until the request was given up."""
    status: NDArray[np.int32]
    bytes: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.due_s)

    def where(self, mask: NDArray[np.bool_]) -> "Samples":
        """The rows where `mask` is true."""
        return Samples(
            names=self.names,
            endpoint=self.endpoint[mask],
            due_s=self.due_s[mask],
            late_s=self.late_s[mask],
            latency_s=self.latency_s[mask],
            status=self.status[mask],
            bytes=self.bytes[mask],
        )

    def save(self, target: Path | BinaryIO) -> None:
        """Write all columns to a compressed `.npz`."""
        np.savez_compressed(
            target,
            names=np.array(self.names, dtype=np.str_),
            endpoint=self.endpoint,
            due_s=self.due_s,
            late_s=self.late_s,
            latency_s=self.latency_s,
            status=self.status,
            bytes=self.bytes,
        )

    @classmethod
    def load(cls, source: Path | BinaryIO) -> "Samples":
        """Read what `save` wrote."""
        with np.load(source, allow_pickle=False) as columns:
            return cls(
                names=[str(name) for name in columns["names"]],
                endpoint=columns["endpoint"],
                due_s=columns["due_s"],
                late_s=columns["late_s"],
                latency_s=columns["latency_s"],
                status=columns["status"],
                bytes=columns["bytes"],
            )

    @classmethod
    def none(cls) -> "Samples":
        """No rows."""
        return SampleLog().samples(0.0)

    @classmethod
    def merged(cls, parts: Sequence["Samples"]) -> "Samples":
        """All rows of `parts`, in the order of their due times; endpoints of the same name become one."""
        names = sorted({name for part in parts for name in part.names})
        indices = [np.array([names.index(name) for name in part.names], dtype=np.int32) for part in parts]
        due_s = np.concatenate([part.due_s for part in parts])
        order = np.argsort(due_s, kind="stable")
        return cls(
            names=names,
            endpoint=np.concatenate([index[part.endpoint] for index, part in zip(indices, parts, strict=True)])[order],
            due_s=due_s[order],
            late_s=np.concatenate([part.late_s for part in parts])[order],
            latency_s=np.concatenate([part.latency_s for part in parts])[order],
            status=np.concatenate([part.status for part in parts])[order],
            bytes=np.concatenate([part.bytes for part in parts])[order],
        )


class SampleLog:
    """Samples as they come in: compact, appended to in a few hundred nanoseconds."""

    def __init__(self) -> None:
        self._indices: dict[str, int] = {}
        self._endpoint = array.array("i")
        self._due_s = array.array("d")
        self._late_s = array.array("d")
        self._latency_s = array.array("d")
        self._status = array.array("i")
        self._bytes = array.array("q")

    def __len__(self) -> int:
        return len(self._due_s)

    def add(self, endpoint: str, *, due_s: float, late_s: float, latency_s: float, status: int, size: int) -> None:
        """Append one request."""
        self._endpoint.append(self._indices.setdefault(endpoint, len(self._indices)))
        self._due_s.append(due_s)
        self._late_s.append(late_s)
        self._latency_s.append(latency_s)
        self._status.append(status)
        self._bytes.append(size)

    def samples(self, origin_s: float) -> Samples:
        """All rows in the order of their due times, counted from `origin_s`."""
        due_s = np.array(self._due_s, dtype=np.float64)
        order = np.argsort(due_s, kind="stable")
        return Samples(
            names=list(self._indices),
            endpoint=np.array(self._endpoint, dtype=np.int32)[order],
            due_s=due_s[order] - origin_s,
            late_s=np.array(self._late_s, dtype=np.float64)[order],
            latency_s=np.array(self._latency_s, dtype=np.float64)[order],
            status=np.array(self._status, dtype=np.int32)[order],
            bytes=np.array(self._bytes, dtype=np.int64)[order],
        )
