"""The newsroom's world: who and what there is, the standing facts among them, and the events that befall them.

Nothing is stored: the entity or fact of a number is found from the seed and that number, so a world with a million names costs
no more than the names that are used. Facts never contradict each other (a person has one employer, a product one maker), and
events agree with the facts: who resigns works there, who buys is the larger company, a plant burns at its company's seat.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from aimass.errors import ParameterError

from . import values
from .lexicon.facts import CRIMES, INDUSTRIES, MASCOTS, POSTS
from .lexicon.table import EVENTS
from .names import GIVEN, MEN, SURNAMES, WOMEN, word
from .rng import Stream, mix
from .values import Value

BASE_WORDS = 1000
"""About as many word forms do the wordings and numbers of English have; the rest of a vocabulary is names."""

_SHARES = {"person": 40, "company": 26, "city": 14, "product": 20}
KINDS = ("person", "company", "city", "product", "team")


@dataclass(frozen=True, slots=True)
class Entity:
    """Someone or something with a name.

    Attributes:
        kind: ``"person"``, ``"company"``, ``"city"``, ``"product"`` or ``"team"``.
        number: its place among its kind; the smaller, the more often in the news.
        en, zh: the full name.
        en_short, zh_short: the name after the first mention; short names of different kinds may be the same word.
    """

    kind: str
    number: int
    en: str
    zh: str
    en_short: str
    zh_short: str

    @property
    def key(self) -> str:
        """Kind and number, such as ``"person 12"``."""
        return f"{self.kind} {self.number}"


@dataclass(frozen=True, slots=True)
class Fact:
    """A relation that holds all the time."""

    relation: str
    subject: Entity
    object: Entity


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens on a day.

    Attributes:
        type: one of the types of :data:`aimass.data.newsroom.lexicon.EVENTS`.
        roles: who or what plays which part.
        day: number of the day, see :func:`aimass.data.newsroom.values.day`.
    """

    type: str
    roles: dict[str, Entity | Value] = field(hash=False)
    day: int

    @property
    def desk(self) -> str:
        """The desk that prints it."""
        return EVENTS[self.type].desk

    @property
    def entities(self) -> tuple[Entity, ...]:
        """Those of its roles that are entities."""
        return tuple(value for value in self.roles.values() if isinstance(value, Entity))

    @property
    def key(self) -> tuple[str, ...]:
        """Its type and who plays which part: two events of one key tell of the same combination of facts."""
        return (self.type, *(f"{r}={v.key}" for r, v in self.roles.items() if isinstance(v, Entity)))


class World:
    """A world of names.

    Args:
        seed: of everything in it.
        vocab_size: about how many English words its articles draw on, 1,500 to a million or more.
        unseen: the part of the world that training articles never visit: other names, a quarter as many.
    """

    def __init__(self, seed: int = 0, vocab_size: int = 2000, unseen: bool = False):
        if vocab_size < 1500:
            raise ParameterError(f"vocab_size is {vocab_size}; the newsroom's wordings alone need 1500")
        names = vocab_size - BASE_WORDS
        self.seed, self.unseen = seed, unseen
        self._first_word = names if unseen else 0
        self._total = max(200, names // 4) if unseen else names
        self.sizes = {kind: self._total * share // 100 for kind, share in _SHARES.items()}
        self.sizes["team"] = max(4, self.sizes["city"] * 2 // 3)
        self._found: dict[tuple[str, int], Entity] = {}

    def _chance(self, name: int, number: int, bound: int) -> int:
        return (mix(self.seed, self.unseen, name, number) >> 11) % bound

    def entity(self, kind: str, number: int) -> Entity:
        """The entity of a kind and number."""
        found = self._found.get((kind, number))
        if found is None:
            made = getattr(self, f"_{kind}")(number)
            found = self._found[kind, number] = Entity(kind, number, *made)
        return found

    def _word(self, kind: str, number: int) -> tuple[str, str]:
        before = 0
        for other, size in self.sizes.items():
            if other == kind:
                break
            before += size
        return word(self._first_word + before + number, self.seed)

    def _shares(self, kind: str, number: int, other: str, percent: int) -> bool:
        """Whether the entity bears the same word as the entity of that number of another kind."""
        return (
            number < self.sizes[other] and self._chance(len(kind) * 100 + len(other), number, 100) < percent
        )

    def _city(self, number: int) -> tuple[str, str, str, str]:
        en, zh = self._word("city", number)
        return en, zh, en, zh

    def _company_word(self, number: int) -> tuple[str, str]:
        return self._word("city" if self._shares("company", number, "city", 35) else "company", number)

    def _company(self, number: int) -> tuple[str, str, str, str]:
        en, zh = self._company_word(number)
        trade, sign = INDUSTRIES[self._chance(1, number, len(INDUSTRIES))]
        return f"{en} {trade}", zh + sign, en, zh

    def _product(self, number: int) -> tuple[str, str, str, str]:
        en, zh = self._word("product", number)
        if self._shares("product", number, "person", 40):
            en, zh = self._surname((number + 7) % self.sizes["person"])
        return en, zh, en, zh

    def _team(self, number: int) -> tuple[str, str, str, str]:
        en, zh = self._word("city", number)
        mascot, sign = MASCOTS[self._chance(2, number, len(MASCOTS))]
        return f"{en} {mascot}", zh + sign, en, zh

    def _surname(self, number: int) -> tuple[str, str]:
        if self._shares("person", number, "company", 35):
            return self._company_word(number)
        return self._word("person", number)

    def _person(self, number: int) -> tuple[str, str, str, str]:
        surnames = SURNAMES[24:] if self.unseen else SURNAMES[:24]
        block, combinations = number // 6, len(surnames) * 900
        if number % 6 == 5 and block < combinations:
            code = block * 7919 % combinations
            last = surnames[code % len(surnames)]
            first, second = GIVEN[code // len(surnames) % 30], GIVEN[code // len(surnames) // 30]
            zh = last[1] + first[1] + second[1]
            return f"{last[0]} {first[0].capitalize()}{second[0]}", zh, last[0], zh
        en, zh = self._surname(number)
        men = number % 4 == 2 or self._chance(3, number, 2)
        given, sign = (MEN if men else WOMEN)[self._chance(4, number, 30)]
        return f"{given} {en}", f"{sign}·{zh}", en, zh

    # Standing facts.

    def employer(self, person: Entity) -> Entity:
        """Where an executive works: the company of the same name, if there is one, or any."""
        if self._shares("person", person.number, "company", 35):
            return self.entity("company", person.number)
        return self.entity("company", self._chance(5, person.number, self.sizes["company"]))

    def club(self, player: Entity) -> Entity:
        """The team of a player."""
        return self.entity("team", self._chance(6, player.number, self.sizes["team"]))

    def seat(self, company: Entity) -> Entity:
        """The city of a company's head office; not the city whose name it bears."""
        number = self._chance(7, company.number, self.sizes["city"])
        if number == company.number:
            number = (number + 1) % self.sizes["city"]
        return self.entity("city", number)

    def birthplace(self, person: Entity) -> Entity:
        """The city where a person was born."""
        return self.entity("city", self._chance(8, person.number, self.sizes["city"]))

    def facts_of(self, entity: Entity) -> list[Fact]:
        """The facts that have this entity as subject, or as object where that is one fact alone."""
        number, kind = entity.number, entity.kind
        if kind == "person":
            facts = [Fact("born_in", entity, self.birthplace(entity))]
            if number % 4 < 2:
                facts.append(Fact("works_for", entity, self.employer(entity)))
            elif number % 4 == 2:
                facts.append(Fact("plays_for", entity, self.club(entity)))
            return facts
        if kind == "company":
            facts = [
                Fact("based_in", entity, self.seat(entity)),
                Fact("founded", self._executive(self._chance(9, number, self._executives)), entity),
            ]
            if number < self.sizes["product"]:
                facts.append(Fact("makes", entity, self.entity("product", number)))
            return facts
        if kind == "product":
            return [Fact("makes", self.entity("company", number), entity)]
        if kind == "team":
            return [Fact("plays_in", entity, self.entity("city", number))]
        return []

    @property
    def _executives(self) -> int:
        return self.sizes["person"] // 4 * 2

    def _executive(self, place: int) -> Entity:
        return self.entity("person", place // 2 * 4 + place % 2)

    # Events.

    def _draw(self, stream: Stream, kind: str, roles: dict[str, Entity | Value]) -> Entity | Value:
        drawn = _VALUES.get(kind)
        if drawn is not None:
            return drawn(stream)
        if kind == "employer":
            return self.employer(roles["person"])
        if kind == "seat":
            return self.seat(roles["company"])
        if kind == "club":
            return self.club(roles["player"])
        if kind == "executive":
            return self._executive(stream.zipf(self._executives))
        if kind in ("player", "artist"):
            place = stream.zipf(self.sizes["person"] // 4) * 4
            return self.entity("person", place + (2 if kind == "player" else 3))
        if kind == "product":
            return self.facts_of(roles["company"])[-1].object
        bound = self.sizes["product"] if kind == "maker" else self.sizes[kind]
        return self.entity("company" if kind == "maker" else kind, stream.zipf(bound))

    def event(
        self,
        stream: Stream,
        type: str | None = None,
        given: Mapping[str, Entity] | None = None,
    ) -> Event:
        """Draws an event; the famous are in the news more often (Zipf).

        Args:
            stream: where chance comes from.
            type: its type; any, if not given.
            given: who plays some of its roles; roles that follow from others (an employer, a seat) cannot be given.
        """
        type = type or stream.pick(_TYPES)
        schema = EVENTS[type].roles
        makes = any(kind == "product" for _, kind in schema)
        roles: dict[str, Entity | Value] = {}
        for role, kind in schema:
            kind = "maker" if makes and kind == "company" else kind
            drawn = given[role] if given and role in given else self._draw(stream, kind, roles)
            while drawn in roles.values():
                drawn = self.entity(drawn.kind, (drawn.number + 1) % self.sizes[drawn.kind])
            roles[role] = drawn
        if type == "acquisition" and not given and self._size(roles["buyer"]) < self._size(roles["target"]):
            roles["buyer"], roles["target"] = roles["target"], roles["buyer"]
        return Event(type, roles, stream.below(1400))

    def event_with(self, stream: Stream, entity: Entity) -> Event:
        """Draws an event in which an entity has a part."""
        if entity.kind == "product":
            entity = self.entity("company", entity.number)
        kind = entity.kind
        if kind == "person":
            kind = ("executive", "executive", "player", "artist")[entity.number % 4]
        elif kind == "company" and entity.number < self.sizes["product"]:
            kind = "maker"
        type, role = stream.pick(_PARTS[kind])
        return self.event(stream, type, {role: entity})

    def _size(self, company: Entity) -> int:
        return self._chance(10, company.number, 1 << 40)


_TYPES = tuple(EVENTS)
_AT_COMPANY = (
    *((type, "company") for type in ("layoffs", "strike", "breach", "fire", "fine")),
    ("lawsuit", "plaintiff"),
    ("lawsuit", "defendant"),
    ("award", "sponsor"),
)
_PARTS = {
    "company": _AT_COMPANY,
    "maker": (*_AT_COMPANY, ("launch", "company"), ("recall", "company")),
    "executive": (("appointment", "person"), ("resignation", "person"), ("arrest", "person")),
    "player": (("injury", "player"), ("arrest", "person")),
    "artist": (("concert", "artist"), ("award", "artist"), ("exhibition", "artist"), ("arrest", "person")),
    "team": (("match", "winner"), ("match", "loser"), ("transfer", "seller")),
    "city": tuple((t, "city") for t in ("storm", "earthquake", "concert", "exhibition", "arrest", "fine")),
}
_VALUES = {
    "money": values.money,
    "prize": lambda stream: values.money(stream, 1000),
    "count": values.count,
    "score": values.score,
    "magnitude": values.magnitude,
    "days": lambda stream: values.span(stream, "day"),
    "weeks": lambda stream: values.span(stream, "week"),
    "post": lambda stream: Value("post", *stream.pick(POSTS)),
    "crime": lambda stream: Value("crime", *stream.pick(CRIMES)),
}
