"""From events and facts to sentences in two languages, with the place of every name, value and trigger in them."""

from dataclasses import dataclass
from typing import NamedTuple

from . import values
from .lexicon import table
from .lexicon.frames import GAPS, SOURCES
from .lexicon.table import EVENTS, RELATIONS, Wording
from .rng import Stream
from .values import Value
from .world import Entity, Event, Fact, World


class Mention(NamedTuple):
    """A name or value in a text: characters `start` to `end`, the role it plays, and in which clause."""

    start: int
    end: int
    of: Entity | Value
    role: str
    clause: str


class Trigger(NamedTuple):
    """The words that name an event: characters `start` to `end`."""

    start: int
    end: int
    type: str
    clause: str


@dataclass(frozen=True, slots=True)
class Text:
    """A text in one language and what stands where in it."""

    text: str
    mentions: tuple[Mention, ...]
    triggers: tuple[Trigger, ...]

    def moved(self, offset: int) -> tuple[list[Mention], list[Trigger]]:
        """Mentions and triggers, as they lie where the text begins at `offset`."""
        mentions = [Mention(m.start + offset, m.end + offset, m.of, m.role, m.clause) for m in self.mentions]
        return mentions, [Trigger(t.start + offset, t.end + offset, t.type, t.clause) for t in self.triggers]


@dataclass(slots=True)
class Clause:
    """An event or fact in one wording.

    Attributes:
        of: what it tells.
        wording: how.
        forms: for roles that are not by full name: ``"short"``, or the fact and wording of a rider.
        when: its date, if told.
        realis: ``"actual"``, ``"planned"``, ``"denied"`` or ``"rumoured"``.
    """

    of: Event | Fact
    wording: Wording
    forms: dict[str, str | tuple[Fact, Wording]]
    when: Value | None = None
    realis: str = "actual"

    def role(self, name: str) -> Entity | Value:
        """Who plays a role in it."""
        return self.of.roles[name] if isinstance(self.of, Event) else getattr(self.of, name)


@dataclass(slots=True)
class Sentence:
    """A frame and what fills it: clauses ``a``, ``b``, ``c``, and values such as a source."""

    frame: Wording
    clauses: dict[str, Clause]
    values: dict[str, Value]

    @property
    def facts(self) -> list[Fact]:
        """The facts it tells, in clauses and riders."""
        told = [clause.of for clause in self.clauses.values() if isinstance(clause.of, Fact)]
        for clause in self.clauses.values():
            told += [form[0] for form in clause.forms.values() if form != "short"]
        return told

    def written(self, language: str) -> Text:
        """The sentence in ``"en"`` or ``"zh"``."""
        return _Writer(language).sentence(self)


class _Writer:
    """Collects pieces of text and what lies where."""

    def __init__(self, language: str):
        self.english = language == "en"
        self.pieces: list[str] = []
        self.place = 0
        self.mentions: list[Mention] = []
        self.triggers: list[Trigger] = []
        self.clause = ""

    def sentence(self, sentence: Sentence) -> Text:
        for sort, value in sentence.frame.en if self.english else sentence.frame.zh:
            if sort == "text":
                self.literal(value)
            elif value in sentence.clauses:
                self.clause = value
                self.write_clause(sentence.clauses[value])
                self.clause = ""
            else:
                self.value(sentence.values[value], value)
        text = "".join(self.pieces)
        if self.english:
            text = text[0].upper() + text[1:]
        return Text(text, tuple(self.mentions), tuple(self.triggers))

    def literal(self, text: str) -> None:
        if self.pieces and text[0] in ",.;:" and self.pieces[-1].endswith(","):
            self.pieces[-1] = self.pieces[-1][:-1]
            self.place -= 1
        self.pieces.append(text)
        self.place += len(text)

    def value(self, value: Value, role: str) -> None:
        self.mention(value, value.en if self.english else value.zh, role)

    def mention(self, of: Entity | Value, text: str, role: str) -> None:
        self.mentions.append(Mention(self.place, self.place + len(text), of, role, self.clause))
        self.literal(text)

    def write_clause(self, clause: Clause) -> None:
        opened = 0
        for sort, value in clause.wording.en if self.english else clause.wording.zh:
            if sort == "text":
                self.literal(value)
            elif sort == "[":
                opened = self.place
            elif sort == "]":
                self.triggers.append(Trigger(opened, self.place, clause.of.type, self.clause))
            elif value == "when":
                if clause.when is not None:
                    if self.english:
                        self.literal(" ")
                    self.value(clause.when, "when")
            else:
                self.argument(clause.role(value), value, clause.forms.get(value))

    def argument(self, of: Entity | Value, role: str, form: str | tuple[Fact, Wording] | None) -> None:
        if isinstance(of, Value):
            self.value(of, role)
        elif form is None:
            self.mention(of, of.en if self.english else of.zh, role)
        elif form == "short":
            self.mention(of, of.en_short if self.english else of.zh_short, role)
        else:
            fact, wording = form
            for sort, name in wording.en if self.english else wording.zh:
                if sort == "text":
                    self.literal(name)
                else:
                    other = getattr(fact, name)
                    full = other.en if self.english else other.zh
                    self.mention(other, full, role if other is of else f"rider:{name}")


@dataclass(frozen=True, slots=True)
class Shelf:
    """The wordings that may be drawn from: the seen ones, or for unseen phrasings the others.

    A split of unseen phrasings draws both its clauses and its frames from wordings that no training text has.
    """

    unseen: bool = False

    def of(self, wordings: tuple[Wording, ...] | list[Wording]) -> list[Wording]:
        """Those of the wordings that may be drawn; all, where none is marked unseen."""
        found = _SHELVES.get((id(wordings), self.unseen))
        if found is None:
            chosen = [wording for wording in wordings if wording.unseen == self.unseen] or list(wordings)
            found = _SHELVES[id(wordings), self.unseen] = (chosen, wordings)
        return found[0]


_SHELVES: dict = {}


class Desk:
    """Draws wordings and writes sentences.

    Args:
        world: where the riders' facts come from.
        shelf: which wordings are used.
        short: percent of names given in short, so that their kind must be seen from the context.
        riders: percent of names that carry a rider.
    """

    def __init__(self, world: World, shelf: Shelf, short: int = 25, riders: int = 12):
        self.world, self.shelf, self.short, self.riders = world, shelf, short, riders

    def clause(
        self, stream: Stream, of: Event | Fact, known: tuple[Entity, ...] = (), dated: bool = False
    ) -> Clause:
        """An event or fact put into words.

        Args:
            stream: where chance comes from.
            of: the event or fact.
            known: entities that were named before, so that a short name will do (in two of three cases).
            dated: whether it may tell its date.
        """
        schema = EVENTS[of.type] if isinstance(of, Event) else RELATIONS[of.relation]
        wording = stream.pick(self.shelf.of(schema.said))
        named = of.entities if isinstance(of, Event) else (of.subject, of.object)
        forms: dict[str, str | tuple[Fact, Wording]] = {}
        for role, _ in schema.roles:
            entity = of.roles[role] if isinstance(of, Event) else getattr(of, role)
            if isinstance(entity, Entity):
                form = self._form(stream, entity, named, known)
                if form is not None:
                    forms[role] = form
        when = date(stream, of.day) if dated and isinstance(of, Event) and stream.percent(45) else None
        return Clause(of, wording, forms, when)

    def _form(self, stream: Stream, entity: Entity, named, known) -> str | tuple[Fact, Wording] | None:
        if stream.percent(67 if entity in known else self.short):
            return "short"
        if stream.percent(self.riders):
            facts = self.world.facts_of(entity)
            fact = stream.pick(facts) if facts else None
            if fact is not None:
                other = fact.object if fact.subject is entity else fact.subject
                role = "subject" if fact.subject is entity else "object"
                riders = [w for w in RELATIONS[fact.relation].riders if w.head == role]
                if riders and other not in named:
                    return fact, stream.pick(riders)
        return None

    def simple(self, stream: Stream, clause: Clause) -> Sentence:
        """A sentence of one clause."""
        event = clause.of if isinstance(clause.of, Event) else None
        frame = stream.pick(self.shelf.of(table.SIMPLE))
        while event is None and "when_front" in frame.slots:
            frame = stream.pick(self.shelf.of(table.SIMPLE))
        if "when_front" in frame.slots:
            clause.when = None
        return Sentence(frame, {"a": clause}, self._values(stream, frame, event.day if event else 0))

    def joined(self, stream: Stream, frames: tuple[Wording, ...], **clauses: Clause) -> Sentence:
        """A sentence of two or three clauses."""
        frame = stream.pick(self.shelf.of(frames))
        return Sentence(frame, clauses, self._values(stream, frame, 0))

    @staticmethod
    def _values(stream: Stream, frame: Wording, day: int) -> dict[str, Value]:
        drawn = {}
        if "when_front" in frame.slots:
            drawn["when_front"] = date(stream, day)
        if "source" in frame.slots:
            drawn["source"] = Value("source", *stream.pick(SOURCES))
        if "gap" in frame.slots:
            drawn["gap"] = Value("gap", *stream.pick(GAPS))
        return drawn


def date(stream: Stream, day: int) -> Value:
    """The date of a day: by month or by weekday."""
    return values.calendar(day) if stream.percent(60) else values.weekday(day)
