"""Keras models, one family a file: ``compile``, ``fit``, ``predict``, ``.keras`` round trip."""

from aimass.models.seq2seq import Seq2Seq

__all__ = ["Seq2Seq"]
