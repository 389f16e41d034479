"""A generated bilingual news world with gold labels for all tasks of the study."""

from .articles import Article
from .corpus import Newsroom, load
from .world import Entity, Event, Fact, World

__all__ = ["Article", "Entity", "Event", "Fact", "Newsroom", "World", "load"]
