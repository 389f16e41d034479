"""What differs in how two runs of a chapter came about, and which of it most likely made their results differ.

The order of :data:`CAUSES` is the order of suspicion: what changes the experiment itself stands before what merely changes how
it is carried out. The first entry that differs is named as the likely cause; it is a suspicion, not a proof.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .records import ChapterEntry

CAUSES = ("profile", "parameters", "data", "seed", "code", "versions", "device", "threads", "unexplained")

_OWN_ENTRY = ("profile", "seed", "device")  # parameters that have a cause of their own


@dataclass(frozen=True)
class Cause:
    """One thing that differs: its kind (one of :data:`CAUSES`) and what it is on either side."""

    kind: str
    text: str


def causes(a: ChapterEntry, b: ChapterEntry) -> list[Cause]:
    """All that differs in the provenance of two runs of one chapter, the most suspicious first; empty for like runs.

    What neither or only one side has recorded can't be compared; :func:`unrecorded` names it.
    """
    pa, pb, fa, fb = a.provenance, b.provenance, a.fingerprint, b.fingerprint
    found: list[Cause] = []
    if a.profile != b.profile:
        found.append(Cause("profile", f"profile {a.profile} against {b.profile}"))
    found += _mappings(
        "parameters", "parameter", _without(pa.get("parameters")), _without(pb.get("parameters"))
    )
    found += _mappings("data", "corpus", fa.get("data"), fb.get("data"), hashed=True)
    found += _values("seed", "seed", pa.get("seed"), pb.get("seed"))
    found += _values("code", "the chapter's code cells", fa.get("code"), fb.get("code"), hashed=True)
    found += _mappings("code", "module", fa.get("modules"), fb.get("modules"), hashed=True)
    found += _mappings("versions", "version of", pa.get("versions"), pb.get("versions"))
    found += _values("versions", "the lock of all packages", fa.get("lock"), fb.get("lock"), hashed=True)
    found += _mappings("device", "device's", _device(a), _device(b))
    found += _values("device", "platform", pa.get("platform"), pb.get("platform"))
    found += _values("threads", "threads", pa.get("threads"), pb.get("threads"))
    return found


def likely_cause(found: Sequence[Cause]) -> str:
    """The likely cause of a difference: the kind of the first entry of :func:`causes`, or `unexplained`."""
    present = {cause.kind for cause in found}
    return next((kind for kind in CAUSES if kind in present), "unexplained")


def unrecorded(a: ChapterEntry, b: ChapterEntry) -> list[str]:
    """What could not be compared because a side has no record of it."""
    places = {
        "code": (a.fingerprint.get("code"), b.fingerprint.get("code")),
        "data": (a.fingerprint.get("data"), b.fingerprint.get("data")),
        "lock": (a.fingerprint.get("lock"), b.fingerprint.get("lock")),
        "parameters": (a.provenance.get("parameters"), b.provenance.get("parameters")),
        "versions": (a.provenance.get("versions"), b.provenance.get("versions")),
    }
    return [name for name, pair in places.items() if None in pair]


def _device(entry: ChapterEntry) -> Mapping[str, Any] | None:
    """The device as kind and name; the fingerprint's kind where the provenance has none."""
    device = entry.provenance.get("device", entry.fingerprint.get("device"))
    if isinstance(device, Mapping):
        return {key: device[key] for key in ("kind", "name") if key in device}
    return None if device is None else {"kind": device}


def _without(parameters: Any) -> Any:
    """The parameters that have no cause of their own."""
    if not isinstance(parameters, Mapping):
        return parameters
    return {key: value for key, value in parameters.items() if key not in _OWN_ENTRY}


def _values(kind: str, what: str, a: Any, b: Any, hashed: bool = False) -> Iterable[Cause]:
    """A cause if both sides have a value and the two differ."""
    if a is not None and b is not None and a != b:
        yield Cause(kind, f"{what}: {_shown(a, hashed)} against {_shown(b, hashed)}")


def _mappings(kind: str, what: str, a: Any, b: Any, hashed: bool = False) -> Iterable[Cause]:
    """A cause for each key that differs; a key of one side only counts, where both sides have the mapping."""
    if not isinstance(a, Mapping) or not isinstance(b, Mapping):
        return
    for key in sorted({*a, *b}, key=str):
        if key not in a or key not in b:
            yield Cause(kind, f"{what} {key}: on one side only")
        elif a[key] != b[key]:
            yield Cause(kind, f"{what} {key}: {_shown(a[key], hashed)} against {_shown(b[key], hashed)}")


def _shown(value: Any, hashed: bool) -> str:
    """A value for a line; a hash by its first eight characters."""
    return str(value)[:8] if hashed else str(value)
