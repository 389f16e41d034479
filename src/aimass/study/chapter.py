"""The front that a chapter's notebook works with: it begins the run, and leaves claims, numbers, figures and tables in it."""

import hashlib
import json
import numbers
import os
import re
import tempfile
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from aimass.errors import AimassError, ChapterError, ClaimError, ParameterError
from aimass.study import cards, mime, provenance
from aimass.study import device as devices
from aimass.study.claims import VERDICTS, Claim, load_registry, nearest
from aimass.study.expectation import Expectation, for_profile, refuse_empty
from aimass.study.measured import Measured, finite
from aimass.study.outputs import cell_place, package_digest, tidy_csv, write_atomically
from aimass.study.project import PROFILES, Project, find_root

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

_NAME = re.compile(r"^[a-z0-9][a-z0-9_-]*$")


class Chapter:
    """One run of one chapter.

    Making it seeds Python, NumPy and TensorFlow, makes operations deterministic, chooses the device and shows a banner. All its
    methods display HTML and plain text, and leave JSON in the notebook's output; none of them raises because of a *result*.

    Args:
        name: the chapter's, such as ``2.1_neural_networks``.
        profile: ``small`` (generated data) or ``full`` (real corpora).
        seed: 0 to 2**32 - 1.
        device: ``cpu``, ``gpu`` or ``auto``.
        begin: starts the computing library and returns the device in use; for tests without TensorFlow.

    Raises:
        ChapterError: for a chapter that the study has not, or a GPU asked for and missing.
        ParameterError: for a profile, seed or device of no sense.

    Environment: ``AIMASS_RUN_DIR`` is where files go (otherwise the study's build folder, otherwise a temporary one);
    ``AIMASS_DEVICE`` overrides ``device="auto"``; ``AIMASS_THREADS`` fixes the number of threads.
    """

    def __init__(
        self,
        name: str,
        *,
        profile: str = "small",
        seed: int = 0,
        device: str = "auto",
        begin: Callable[[str, int], devices.Device] = devices.begin,
    ) -> None:
        self._clock, started = time.perf_counter(), provenance.now()
        self._registry = load_registry()
        self.section = self._registry.section_of(name)
        self.name, self.profile, self.seed = name, _profile(profile), _seed(seed)
        if device == "auto":
            device = os.environ.get("AIMASS_DEVICE") or "auto"
        self._device = begin(device, self.seed)
        self._made: dict[str, tuple[str, int]] = {}
        self._resumed_seconds, self._resumed_memory = 0.0, 0.0
        self._banner: dict[str, Any] = {
            "chapter": self.name,
            "profile": self.profile,
            "seed": self.seed,
            "device": self._device.to_json(),
            "threads": devices.threads(),
            "versions": provenance.versions(),
            "platform": provenance.platform_name(),
            "started": started,
            "budget": self._budget(),
        }
        html, text = cards.banner(self.section, self._banner)
        mime.show(html, text, mime.CHAPTER, self._banner)

    @property
    def device(self) -> str:
        """The device in use: ``"cpu"`` or ``"gpu"``."""
        return self._device.kind

    def seeds(self, n: int) -> list[int]:
        """``n`` seeds drawn from the chapter's own: the same in every run, and the first of more."""
        if isinstance(n, bool) or not isinstance(n, numbers.Integral) or n < 1:
            raise ParameterError(f"seeds({n!r}): give a count of 1 or more")
        return [int(np.random.SeedSequence([self.seed, i]).generate_state(1)[0] >> 1) for i in range(int(n))]

    @cached_property
    def run_dir(self) -> Path:
        """Where the run's files go."""
        named = os.environ.get("AIMASS_RUN_DIR")
        if named:
            return Path(named).resolve()
        try:
            return Project(find_root()).build(self.profile)
        except ChapterError:
            return Path(tempfile.mkdtemp(prefix="aimass-"))

    @property
    def checkpoint_dir(self) -> Path:
        """A folder for the chapter's own saved models, which a run after an interrupted one finds again.

        It is another one whenever the profile, the seed, the device, the threads, the versions, the package's source or a code
        cell run so far (the parameters are one) differ: what lies in it was made by this very code.
        """
        _, _, history = cell_place()
        recipe = [self.name, self._signature(1), str(self._banner["threads"]), package_digest(), *history]
        key = hashlib.sha256("\0".join(recipe).encode()).hexdigest()[:16]
        folder = self.run_dir / "checkpoints" / self.name / key
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def trained(self, name: str, model: Any, train: Callable[[Path], None]) -> Any:
        """A model with its weights trained: read back if a run that was cut short had trained it already.

        What the training took is kept with the weights, and counts in :meth:`cost` of the run that reads them back.

        Args:
            name: the model's; once per code cell and model.
            model: a built Keras model.
            train: trains the model and leaves the weights to keep in the file that it is given.

        Returns:
            The model.

        Raises:
            ParameterError: for a malformed name.
            ChapterError: when ``train`` leaves no file.
        """
        self._named(name, "model")
        weights = self.checkpoint_dir / f"{name}.weights.h5"
        took = weights.with_name(f"{name}.json")
        if not (weights.is_file() and took.is_file()):
            partial, started = weights.with_name(f"part-{name}.weights.h5"), time.perf_counter()
            train(partial)
            if not partial.is_file():
                raise ChapterError(f"model {name!r}: its training left no weights in the file it was given")
            seconds = time.perf_counter() - started
            record = {"seconds": round(seconds, 1), "peak_memory_gb": round(provenance.peak_memory_gb(), 2)}
            write_atomically(took, json.dumps(record).encode("utf-8"))
            partial.replace(weights)
        else:
            record = json.loads(took.read_text(encoding="utf-8"))
            self._resumed_seconds += record["seconds"]
            self._resumed_memory = max(self._resumed_memory, record["peak_memory_gb"])
        model.load_weights(weights)
        return model

    def claim(
        self,
        id: str,
        statement: str,
        measured: Measured,
        expect: Expectation | Mapping[str, Expectation],
        *,
        verdict: str,
        means: str,
        unit: str = "",
        rejects: Mapping[str, float] | None = None,
    ) -> Claim:
        """Make a claim: hold a measured value against a bound fixed before the run, and show the outcome.

        Args:
            id: as listed in ``claims.yml`` for this chapter; made once.
            statement: our claim, in one sentence.
            measured: from :func:`aimass.study.measure`, or a ``Measured`` with an interval of its own.
            expect: the bound, or one per profile.
            verdict: ``supported``, ``refined`` or ``refuted``: what the whitepaper's statement is if this is reproduced.
            means: one sentence on that.
            unit: of the value, may be empty.
            rejects: null values by name (chance, a baseline) that the bound must refuse.

        Returns:
            The claim; ``.reproduced`` tells the outcome. A claim that fails does not raise.

        Raises:
            ClaimError: when the id is unknown or used, the bound would accept a null value, or a text is missing.
        """
        listed = self._registry.check(id, self.name)
        if not isinstance(measured, Measured):
            raise ClaimError(
                f"claim {id}: measured must come from measure([...]) or Measured(...), got {measured!r}"
            )
        if verdict not in VERDICTS:
            raise ClaimError(f"claim {id}: verdict {verdict!r}: use one of {', '.join(VERDICTS)}")
        for what, text in (("statement", statement), ("means", means)):
            if not isinstance(text, str) or not text.strip():
                raise ClaimError(f"claim {id}: {what} is empty: write one sentence")
        try:
            bound = for_profile(expect, self.profile)
            nulls = refuse_empty(bound, rejects or {})
        except ClaimError as error:
            raise ClaimError(f"claim {id}: {error}") from None
        self._once(id, ClaimError)
        made = Claim(
            self.name, self.profile, id, listed.id, statement, measured, unit, bound, nulls, verdict, means,
            self._signature(measured.n),
        )  # fmt: skip
        html, text = cards.claim_card(made, listed)
        mime.show(html, text, mime.CLAIM, made.to_json())
        self._glue(id, measured.value, measured.parts(unit)[0], unit)
        return made

    def number(self, name: str, value: float, format: str = ".3f", unit: str = "") -> None:
        """Leave a number for the prose, which quotes it as ``{glue:}`name```.

        Raises:
            ParameterError: when the name is malformed or used, the value is not finite, or the format is none.
        """
        self._named(name, "number")
        plain = finite(value, f"number {name!r}", ParameterError)
        try:
            text = f"{int(plain) if format.endswith('d') and plain.is_integer() else plain:{format}}"
        except (ValueError, AttributeError):
            raise ParameterError(
                f"number {name!r}: {format!r} is no format for a number, such as .3f"
            ) from None
        self._once(name, ParameterError)
        self._glue(
            name,
            plain,
            text.replace("-", "\N{MINUS SIGN}") + (f"\N{NO-BREAK SPACE}{unit}" if unit else ""),
            unit,
        )

    def figure(self, fig: "Figure", name: str, *, data: "pd.DataFrame", alt: str, caption: str) -> None:
        """Show a figure with its caption and data, and save it as ``figures/CHAPTER/NAME.png`` and ``.csv`` of the run.

        Args:
            fig: from :func:`aimass.study.figures.new`; it is closed.
            name: lower-case letters, digits, ``_`` and ``-``; once in the chapter.
            data: the numbers behind the figure, one observation a row.
            alt: what a reader who can't see the figure must know.
            caption: what it shows.

        Raises:
            ParameterError: for a missing text, a malformed or used name, or no data.
            ChapterError: when the figure can't be drawn cleanly (a character without a glyph) or saved.
        """
        from aimass.study import figures

        self._named(name, "figure")
        _texts(f"figure {name!r}", alt=alt, caption=caption)
        csv = tidy_csv(data, f"figure {name!r}")
        png = figures.render(fig, name, f"{self.profile} profile")
        figures.close(fig)
        self._once(f"figure {name}", ParameterError)
        folder = self.run_dir / "figures" / self.name
        write_atomically(folder / f"{name}.png", png)
        write_atomically(folder / f"{name}.csv", csv.encode("utf-8"))
        digest = hashlib.sha256(csv.encode("utf-8")).hexdigest()
        record = self._record(name=name, alt=alt, caption=caption, csv=csv, sha256=digest)
        html = cards.figure_html(record, png, figures.css_size(png))
        mime.show(html, f"[figure {name}, {self.profile} profile: {alt}]", mime.FIGURE, record)

    def table(
        self, frame: "pd.DataFrame", name: str, *, caption: str, format: str | Mapping[str, str] | None = None
    ) -> None:
        """Show a table with its caption and data.

        Args:
            frame: what to show; its index too when it has a name.
            name: as for figures.
            caption: what it shows.
            format: for all real numbers (``".2f"``), or by column; three decimals otherwise.

        Raises:
            ParameterError: for a missing caption, a malformed or used name, no data, or a format for no column.
        """
        from aimass.study.outputs import table_cells

        self._named(name, "table")
        _texts(f"table {name!r}", caption=caption)
        csv = tidy_csv(frame, f"table {name!r}")
        header, rows, numeric = table_cells(frame, name, format)
        self._once(f"table {name}", ParameterError)
        record = self._record(name=name, caption=caption, csv=csv)
        text = "\n".join(
            [f"{caption} [{self.profile} profile]", *("  ".join(row) for row in (header, *rows))]
        )
        mime.show(cards.table_html(record, header, rows, numeric), text, mime.TABLE, record)

    def cost(self) -> None:
        """Show what the run took so far, against its budget; a chapter's last section calls it.

        Models read back count with what their training had taken (``resumed_seconds``, a part of ``seconds``).
        """
        record = {
            **self._banner,
            "seconds": round(time.perf_counter() - self._clock + self._resumed_seconds, 1),
            "resumed_seconds": round(self._resumed_seconds, 1),
            "peak_memory_gb": round(max(provenance.peak_memory_gb(), self._resumed_memory), 2),
        }
        html, text = cards.cost_card(record)
        mime.show(html, text, mime.PROVENANCE, record)

    def _record(self, **fields: Any) -> dict[str, Any]:
        return {"chapter": self.name, "profile": self.profile, **fields}

    def _glue(self, name: str, value: float, text: str, unit: str) -> None:
        record = self._record(name=name, value=value, text=text, unit=unit)
        mime.show_glued(name, cards.number_html(text, self.profile), text, record)

    def _signature(self, n: int) -> str:
        versions = self._banner["versions"]
        recipe = {
            "profile": self.profile,
            "seed": self.seed,
            "n": n,
            "tf": versions.get("tensorflow", "none"),
            "keras": versions.get("keras", "none"),
            "aimass": versions.get("aimass", "none"),
            "device": self.device,
        }
        return "|".join(f"{key}:{value}" for key, value in recipe.items())

    def _named(self, name: str, what: str) -> None:
        if not isinstance(name, str) or not _NAME.match(name):
            raise ParameterError(f"{what} name {name!r}: use lower-case letters, digits, _ and -")

    def _once(self, key: str, error: type[AimassError]) -> None:
        """Note that ``key`` is made; refuse it when another cell, or this run of this cell, has made it before."""
        cell, count, _ = cell_place()
        earlier = self._made.get(key)
        if earlier is not None and (earlier[0] != cell or earlier[1] == count):
            raise error(f"{key} is made twice in chapter {self.name}: each name is made once")
        self._made[key] = (cell, count)

    def _budget(self) -> dict[str, float]:
        """The budget that the chapter's front matter states for this profile; empty when the study's files are not here."""
        try:
            header = Project(find_root()).header(self.name)
        except ChapterError:
            return {}
        return dict((header.get("budget") or {}).get(self.profile) or {})


def _profile(profile: str) -> str:
    if profile not in PROFILES:
        raise ParameterError(f"profile={profile!r}: use {' or '.join(PROFILES)}{nearest(profile, PROFILES)}")
    return profile


def _seed(seed: int) -> int:
    if isinstance(seed, bool) or not isinstance(seed, numbers.Integral) or not 0 <= seed < 2**32:
        raise ParameterError(f"seed={seed!r}: use a whole number from 0 to {2**32 - 1}")
    return int(seed)


def _texts(what: str, **texts: str) -> None:
    for name, text in texts.items():
        if not isinstance(text, str) or not text.strip():
            raise ParameterError(f"{what}: {name} is empty: say what a reader sees")
