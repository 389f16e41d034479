"""A corpus in memory: named splits of typed records."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from aimass.errors import DataError, ParameterError


class HasIdentity(Protocol):
    """A record that says by which text it counts as the same as another."""

    @property
    def identity(self) -> str:
        """That text."""


Record = TypeVar("Record", bound=HasIdentity)


@dataclass(frozen=True, eq=False)
class Corpus(Mapping[str, tuple[Record, ...]], Generic[Record]):
    """Named splits, as a mapping and as attributes: ``corpus["train"]`` is ``corpus.train``.

    Attributes:
        name: its name in the registry.
        splits: the records of each split, in the order of the source.
        licence: what its publisher says of its use.
        citation: the source to name.
        digest: the registry's checksum of the data it was read from.
    """

    name: str
    splits: Mapping[str, tuple[Record, ...]]
    licence: str = ""
    citation: str = ""
    digest: str = ""

    def __getitem__(self, split: str) -> tuple[Record, ...]:
        if split not in self.splits:
            raise DataError(f"{self.name} has no split {split!r}; it has {', '.join(self.splits)}")
        return self.splits[split]

    def get(self, split: str, default: Any = None) -> Any:
        """The split, or `default` where there is none of that name."""
        return self.splits.get(split, default)

    def __getattr__(self, split: str) -> tuple[Record, ...]:
        splits = self.__dict__.get("splits", {})
        if split in splits:
            return splits[split]
        raise AttributeError(
            f"the corpus has no split {split!r}; it has {', '.join(splits)}", name=split, obj=self
        )

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self.splits]

    def __contains__(self, split: object) -> bool:
        return split in self.splits

    def __iter__(self) -> Iterator[str]:
        return iter(self.splits)

    def __len__(self) -> int:
        return len(self.splits)

    def __repr__(self) -> str:
        counts = ", ".join(f"{split}: {count:,}" for split, count in self.counts.items())
        return f"Corpus({self.name!r}, {counts})"

    @property
    def counts(self) -> dict[str, int]:
        """How many records each split holds."""
        return {split: len(records) for split, records in self.splits.items()}

    def with_validation(self, share: float = 0.1, *, source: str = "train") -> "Corpus[Record]":
        """The corpus with a validation split taken out of another one.

        A record's text alone decides where it goes (:func:`hash_share`), so that the split is the same everywhere and records
        of one text stay together. The size is near `share`, not exact.

        Args:
            share: the part to take, above 0 and below 1.
            source: the split to take it from.

        Raises:
            DataError: when there is a validation split already, or no split `source`.
            ParameterError: for a share out of range.
        """
        if "validation" in self.splits:
            raise DataError(f"{self.name} has a validation split of its own; use that one")
        if not 0 < share < 1:
            raise ParameterError(f"with_validation: share is {share!r}; expected a number between 0 and 1")
        taken = [hash_share(record.identity) < share for record in self[source]]
        splits: dict[str, Any] = {}
        for split, records in self.splits.items():
            splits[split] = records
            if split == source:
                pairs = list(zip(records, taken, strict=True))
                splits[split] = tuple(record for record, out in pairs if not out)
                splits["validation"] = tuple(record for record, out in pairs if out)
        return Corpus(self.name, splits, self.licence, self.citation, self.digest)


def hash_share(text: str) -> float:
    """A number from 0 up to 1 that depends on the text alone: the first eight bytes of its SHA-256 as a fraction."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") / 2**64


def split_by_hash(records: "list[Record]", shares: Mapping[str, float]) -> dict[str, tuple[Record, ...]]:
    """Spread records over splits by their text alone.

    Args:
        records: any records; those of one identity go into one split.
        shares: the part of each split; together 1.

    Returns:
        The splits in the order of `shares`, records in their own order.
    """
    bounds = []
    upper = 0.0
    for split, share in shares.items():
        upper += share
        bounds.append((upper, split))
    bounds[-1] = (1.0, bounds[-1][1])
    splits: dict[str, list[Record]] = {split: [] for split in shares}
    for record in records:
        place = hash_share(record.identity)
        splits[next(split for bound, split in bounds if place < bound or bound == 1.0)].append(record)
    return {split: tuple(found) for split, found in splits.items()}
