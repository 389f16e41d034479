"""Searching a model for its best outputs: greedy, beam, exact; raw sentences to raw translations."""

from aimass.decoding.beam import beam_search, length_penalty
from aimass.decoding.exact import exact_search
from aimass.decoding.greedy import greedy
from aimass.decoding.hypotheses import Hypotheses, Step
from aimass.decoding.translate import Translator, model_step, search, translate
from aimass.decoding.viterbi import viterbi

__all__ = [
    "Hypotheses",
    "Step",
    "Translator",
    "beam_search",
    "exact_search",
    "greedy",
    "length_penalty",
    "model_step",
    "search",
    "translate",
    "viterbi",
]
