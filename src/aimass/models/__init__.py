"""Keras models, one family a file: ``compile``, ``fit``, ``predict``, ``.keras`` round trip."""

from aimass.models.language_model import LanguageModel
from aimass.models.seq2seq import Seq2Seq

__all__ = ["LanguageModel", "Seq2Seq"]
