"""The world: nothing in it contradicts anything else, whatever is asked first."""

from aimass.data.newsroom import World
from aimass.data.newsroom.lexicon import EVENTS
from aimass.data.newsroom.names import word
from aimass.data.newsroom.rng import Stream
from aimass.data.newsroom.world import Entity


def test_entities_do_not_depend_on_the_order_of_asking():
    one, other = World(5), World(5)
    numbers = list(range(50))
    first = [one.entity("company", number) for number in numbers]
    assert [other.entity("company", number) for number in reversed(numbers)][::-1] == first
    assert [World(6).entity("company", number) for number in numbers] != first


def test_one_kind_never_bears_one_full_name_twice():
    world = World(0)
    for kind in ("company", "city", "product", "team"):
        names = [world.entity(kind, number).en for number in range(world.sizes[kind])]
        assert len(set(names)) == len(names), kind


def test_events_agree_with_the_facts():
    world, stream = World(0), Stream(1)
    sold = set()
    for _ in range(4000):
        event = world.event(stream)
        roles = event.roles
        assert list(roles) == [role for role, _ in EVENTS[event.type].roles]
        assert len(set(event.entities)) == len(event.entities)
        facts = {(f.relation, f.subject.key, f.object.key) for e in event.entities for f in world.facts_of(e)}
        if event.type in ("resignation", "appointment"):
            assert ("works_for", roles["person"].key, roles["company"].key) in facts
        elif event.type in ("strike", "layoffs", "fire"):
            assert ("based_in", roles["company"].key, roles["city"].key) in facts
        elif event.type in ("launch", "recall"):
            assert ("makes", roles["company"].key, roles["product"].key) in facts
        elif event.type in ("transfer", "injury"):
            assert ("plays_for", roles["player"].key, roles["team"].key) in facts
        elif event.type == "acquisition":
            sold.add((roles["buyer"].key, roles["target"].key))
    assert sold
    assert not {(target, buyer) for buyer, target in sold} & sold


def test_event_with_takes_its_entity_in():
    world, stream = World(0), Stream(2)
    for kind in ("person", "company", "city", "team"):
        for number in range(40):
            entity = world.entity(kind, number)
            assert entity in world.event_with(stream, entity).entities


def test_the_famous_are_in_the_news_more_often():
    world, stream = World(0), Stream(3)
    numbers = [
        of.number
        for _ in range(2000)
        for of in world.event(stream, "lawsuit").roles.values()
        if isinstance(of, Entity)
    ]
    assert sum(number < 10 for number in numbers) > len(numbers) / 4
    assert max(numbers) > 100


def test_no_two_numbers_have_one_word():
    words = [word(number, 0) for number in [*range(20_000), *range(289_000, 290_000)]]
    assert len({latin for latin, _ in words}) == len(words)
    assert len({han for _, han in words}) == len(words)
