"""The newsroom's language: what events, facts and sentences look like in English and Chinese."""

from .table import DESKS, EVENTS, RELATIONS, Schema, Wording

__all__ = ["DESKS", "EVENTS", "RELATIONS", "Schema", "Wording"]
