"""How far simple methods get on the newsroom's tasks: what is left above them is what a better model can win."""

from .table import Row, newsroom_table

__all__ = ["Row", "newsroom_table"]
