"""Reads the tables of wordings.

A wording takes two lines, English and Chinese. ``{role}`` stands for an entity or value, ``[...]`` encloses the trigger, the
words that name the event; ``{when}`` stands for a date or for nothing. A mark before the English line says what it is:
none, an assertion; ``~``, an assertion kept for the splits of unseen phrasings; ``?``, a plan; ``!``, a headline (``!~`` an
unseen one); ``+``, a rider on the name that comes first. ``#`` opens an event type (name, desk, ``role:kind`` ...) or a relation.
"""

import re
from dataclasses import dataclass, field

from . import business, frames, public
from . import facts as fact_lines

Part = tuple[str, str]  # ("text", literal), ("slot", role), ("[", "") or ("]", "")
_PART = re.compile(r"\{(\w+)\}|([\[\]])")


@dataclass(frozen=True, slots=True)
class Wording:
    """One way to say something, in both languages, cut into parts."""

    en: tuple[Part, ...]
    zh: tuple[Part, ...]
    unseen: bool = False

    @property
    def head(self) -> str:
        """The role that comes first in English."""
        return next(value for sort, value in self.en if sort == "slot")

    @property
    def slots(self) -> tuple[str, ...]:
        """All roles, in the order of English."""
        return tuple(value for sort, value in self.en if sort == "slot")


@dataclass(frozen=True, slots=True)
class Schema:
    """An event type or a relation and its wordings.

    Attributes:
        name: such as ``"acquisition"``.
        desk: where it is printed; empty for relations.
        roles: role and kind of its arguments.
        said: assertions. For relations these are the sentences.
        plans, headlines, riders: the other wordings.
    """

    name: str
    desk: str
    roles: tuple[tuple[str, str], ...]
    said: list[Wording] = field(default_factory=list)
    plans: list[Wording] = field(default_factory=list)
    headlines: list[Wording] = field(default_factory=list)
    riders: list[Wording] = field(default_factory=list)


def parts(text: str) -> tuple[Part, ...]:
    """A wording cut into literals, slots and trigger marks."""
    found: list[Part] = []
    place = 0
    for match in _PART.finditer(text):
        if match.start() > place:
            found.append(("text", text[place : match.start()]))
        found.append(("slot", match[1]) if match[1] else (match[2], ""))
        place = match.end()
    if place < len(text):
        found.append(("text", text[place:]))
    return tuple(found)


def wordings(block: str) -> tuple[Wording, ...]:
    """The wordings of a block without schemas."""
    lines = [line for line in block.split("\n") if line]
    return tuple(
        Wording(parts(en.removeprefix("~ ")), parts(zh), en.startswith("~"))
        for en, zh in zip(lines[::2], lines[1::2], strict=True)
    )


_MARK = re.compile(r"([~?!+]+) ")


def schemas(block: str) -> dict[str, Schema]:
    """The event types or relations of a block, by name."""
    table: dict[str, Schema] = {}
    lines = iter(line for line in block.split("\n") if line)
    for line in lines:
        if line.startswith("# "):
            name, *rest = line[2:].split()
            desk = rest.pop(0) if ":" not in rest[0] else ""
            schema = table[name] = Schema(name, desk, tuple(_role(entry) for entry in rest))
            continue
        match = _MARK.match(line)
        mark = match[1] if match else ""
        wording = Wording(parts(line[match.end() if match else 0 :]), parts(next(lines)), "~" in mark)
        shelf = {"": "said", "?": "plans", "!": "headlines", "+": "riders"}[mark.replace("~", "")]
        getattr(schema, shelf).append(wording)
    return table


def _role(entry: str) -> tuple[str, str]:
    role, _, kind = entry.partition(":")
    return role, kind


EVENTS = schemas(business.EVENTS) | schemas(public.EVENTS)
RELATIONS = schemas(fact_lines.FACTS)
DESKS = tuple(dict.fromkeys(schema.desk for schema in EVENTS.values()))
SIMPLE = wordings(frames.SIMPLE)
COMPOUND = wordings(frames.COMPOUND)
PLAIN_PAIRS = wordings(frames.PLAIN_PAIRS)
TRIPLES = wordings(frames.TRIPLES)
DENIED = wordings(frames.DENIED)
RUMOURED = wordings(frames.RUMOURED)
FILLERS = wordings(frames.FILLERS)
