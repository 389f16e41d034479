"""Dialogue: readers ask the assistant of the news desk; what they want must be kept from turn to turn.

A reader changes one wish and keeps the others, takes back what was said, answers the assistant's own question ("the latter"), or
asks for something that is not news at all.
"""

from dataclasses import dataclass

from ..lexicon.table import Wording
from ..lexicon.talk import DAYS, DESK_NAMES, KIND_NAMES, REPLIES, WORDS
from ..rng import Stream
from ..world import KINDS, Entity
from .common import Source, words

INTENTS = tuple(WORDS)
ACTS = tuple(REPLIES)
SLOTS = ("entity", "kind", "desk", "day")


@dataclass(frozen=True, slots=True)
class Turn:
    """What the reader says and the assistant answers.

    Attributes:
        tokens: the reader's words (characters in Chinese).
        tags: BIO tags of the slots: entity, other, desk, old, day.
        intent: one of :data:`INTENTS`.
        state: all that the reader wants now, (slot, value) in the order of :data:`SLOTS`, given slots only.
        act: what the assistant does: one of :data:`ACTS`.
        reply: what it says.
    """

    tokens: tuple[str, ...]
    tags: tuple[str, ...]
    intent: str
    state: tuple[tuple[str, str], ...]
    act: str
    reply: str

    @property
    def text(self) -> str:
        """The reader's words."""
        return " ".join(self.tokens)


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A conversation of three to seven turns."""

    turns: tuple[Turn, ...]
    language: str

    @property
    def identity(self) -> str:
        """All that the reader says."""
        return "\n".join(turn.text for turn in self.turns)


class _Talk:
    """One conversation as it grows; drawn once, written in one language."""

    def __init__(self, source: Source, stream: Stream, language: str):
        self.source, self.stream, self.language = source, stream, language
        self.state: dict[str, str] = {}
        self.offered: tuple[str, str] | None = None
        self.turns: list[Turn] = []

    def say(self, pair: tuple[str, str]) -> str:
        return pair[0 if self.language == "en" else 1]

    def entity(self) -> tuple[Entity, str]:
        """Someone and the name by which the reader calls him: in two of three cases the short one."""
        kind = self.stream.pick(KINDS)
        of = self.source.world.entity(kind, self.stream.zipf(self.source.world.sizes[kind]))
        name = (of.en_short, of.zh_short) if self.stream.percent(67) else (of.en, of.zh)
        return of, self.say(name)

    def wish(self) -> str:
        """What the reader does next, of what makes sense now."""
        if self.offered and self.stream.percent(85):
            return "choose"
        able = ["ask_entity", "ask_desk", "ask_both", "out_of_domain"]
        if "entity" in self.state:
            able += ["replace", "same_for"] * 2
        if "desk" in self.state:
            able += ["move", "move", "forget_desk"]
        if self.state:
            able += ["when"]
        if "day" in self.state:
            able += ["forget_day"]
        return self.stream.pick(able)

    def turn(self, intent: str) -> None:
        wording = self.stream.pick(self.source.shelf.of(WORDS[intent]))
        slots = self._slots(wording)
        place = None
        if intent == "choose" and self.offered:
            place = WORDS["choose"].index(wording) % 2
        act = self._update(intent, slots, place)
        tokens, tags = self._written(wording, {slot: said for slot, (said, _) in slots.items()})
        self.offered = self._ambiguous(slots) if act == "inform" else None
        if self.offered:
            act = "clarify"
        state = tuple((slot, self.state[slot]) for slot in SLOTS if slot in self.state)
        self.turns.append(Turn(tokens, tags, intent, state, act, self._reply(act)))

    def _slots(self, wording: Wording) -> dict[str, tuple[str, str]]:
        """For each slot of the wording what is said and what it stands for."""
        slots: dict[str, tuple[str, str]] = {}
        for slot in wording.slots:
            if slot == "entity":
                said = self.entity()[1]
                slots[slot] = (said, said)
            elif slot == "other":
                slots[slot] = (self.state["entity"], "")
            elif slot in ("desk", "old"):
                others = [name for name in DESK_NAMES if name != self.state.get("desk")]
                desk = self.state["desk"] if slot == "old" else self.stream.pick(others)
                slots[slot] = (self.say(self.stream.pick(DESK_NAMES[desk])), desk)
            else:
                day = self.stream.pick(tuple(DAYS))
                slots[slot] = (self.say(DAYS[day]), day)
        return slots

    def _update(self, intent: str, slots: dict[str, tuple[str, str]], place: int | None) -> str:
        if intent in ("out_of_domain", "thanks"):
            return "refuse" if intent == "out_of_domain" else "bye"
        if intent.startswith("ask_"):
            self.state = {}
        if intent == "forget_day":
            self.state.pop("day", None)
        elif intent == "forget_desk":
            self.state.pop("desk", None)
        elif place is not None and self.offered:
            self.state["kind"] = self.offered[place]
        if "entity" in slots:
            self.state.pop("kind", None)
        for slot in ("entity", "desk", "day"):
            if slot in slots:
                self.state[slot] = slots[slot][1]
        return "inform"

    def _ambiguous(self, slots: dict[str, tuple[str, str]]) -> tuple[str, str] | None:
        """Two kinds that the assistant offers when a name of one word is given."""
        said = slots.get("entity", ("", ""))[0]
        if not said or " " in said or "·" in said or not self.stream.percent(60):
            return None
        kinds = self.stream.shuffled(KINDS)
        return kinds[0], kinds[1]

    def _reply(self, act: str) -> str:
        text = self.say(self.stream.pick(REPLIES[act]))
        if self.offered:
            first, second = (self.say(KIND_NAMES[kind]) for kind in self.offered)
            text = text.format(first=first, second=second)
        return text

    def _written(self, wording: Wording, said: dict[str, str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        tokens: list[str] = []
        tags: list[str] = []
        for sort, value in wording.en if self.language == "en" else wording.zh:
            text = said.get(value, "") if sort == "slot" else value
            begin = "B-"
            for token, _ in words(text, self.language):
                tokens.append(token)
                tags.append(begin + value if sort == "slot" else "O")
                begin = "I-"
        return tuple(tokens), tuple(tags)


def records(source: Source, size: int, language: str = "en") -> tuple[Dialogue, ...]:
    """The conversations of a split."""
    made = []
    for number in range(size):
        stream = source.stream(number)
        talk = _Talk(source, stream, language)
        talk.turn(stream.pick(("ask_entity", "ask_desk", "ask_both")))
        for _ in range(1 + stream.below(5)):
            talk.turn(talk.wish())
        talk.turn("thanks")
        made.append(Dialogue(tuple(talk.turns), language))
    return tuple(made)
