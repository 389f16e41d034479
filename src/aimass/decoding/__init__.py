"""Getting outputs from a model: greedy, beam and exact search, sampling; raw sentences to raw translations."""

from aimass.decoding.beam import beam_search
from aimass.decoding.exact import exact_search
from aimass.decoding.greedy import greedy
from aimass.decoding.hypotheses import Hypotheses, Step, StepOutput
from aimass.decoding.penalties import coverage_penalty, length_penalty
from aimass.decoding.sampling import sample
from aimass.decoding.search import draw, search
from aimass.decoding.translate import Translation, Translator, translate
from aimass.decoding.viterbi import viterbi

__all__ = [
    "Hypotheses",
    "Step",
    "StepOutput",
    "Translation",
    "Translator",
    "beam_search",
    "coverage_penalty",
    "draw",
    "exact_search",
    "greedy",
    "length_penalty",
    "sample",
    "search",
    "translate",
    "viterbi",
]
