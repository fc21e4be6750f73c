"""alt-profanity-check behind the normaliser."""

import asyncio
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version

from casework.errors import Unavailable
from casework.finding import Finding, Match, Reading
from casework.records import Evidence
from integrations.examined import found, text_of
from integrations.normaliser import normalise
from integrations.profanity.settings import ProfanitySettings

Model = Callable[[Sequence[str]], Sequence[float]]
"""The probability of profanity, 0 to 1, for each text."""

_PACKAGE = "alt-profanity-check"
_OVERLAP = 50
"""Characters two neighbouring windows share, so that no insult is cut in half unseen."""
_WORTH_SHOWING = 0.5
_MOST_WORDS = 2_000
_WORD = re.compile(r"\w[\w'@$*!]{0,40}")


class Profanity:
    """Scores swearing and insult, never intent: on HateCheck its AUC is 0.47, and it flags nine in
    ten reclaimed slurs. Fit for sending a case to a person, not for enforcing on.

    The first use imports scikit-learn, which takes 2.9 s and about 1,300 modules; `warm_up` does it
    beforehand. A text of one window costs 3 to 12 ms, in a thread.
    """

    def __init__(self, settings: ProfanitySettings, *, load: Callable[[], Model] | None = None):
        self._settings = settings
        self._load = load or _load
        self._lock = threading.Lock()
        self._model: Model | None = None

    @property
    def name(self) -> str:
        return "profanity"

    async def warm_up(self) -> None:
        """Load the model now. Raises Unavailable when it cannot be."""
        await asyncio.to_thread(self._loaded)

    async def examine(self, evidence: Evidence, harm: str) -> Finding:  # noqa: ARG002
        """The worst window of the text as written (`raw`) and as read (`normalised`), whatever the
        harm.

        Raises:
            TurnedDown: for no text, or too much of it.
            Unavailable: when the model cannot be loaded.
            Nonsense: when the model answers something that is not a probability.
        """
        text = text_of(evidence, longest=self._settings.longest)
        labels, matches = await asyncio.to_thread(self._read, text)
        worst, model = max(labels.values()), f"{_PACKAGE} {version(_PACKAGE)}"
        return found(self.name, worst, labels, model=model, matches=matches)

    def _read(self, text: str) -> tuple[dict[str, float], list[Match]]:
        read = normalise(text)
        labels = self._score(text, read)
        if not max(labels.values()) >= _WORTH_SHOWING:
            return labels, []
        ways = {Reading.WRITTEN: text, Reading.NORMALISED: read}
        return labels, [match for way, said in ways.items() for match in self._words(way, said)]

    def _words(self, way: Reading, said: str) -> Iterator[Match]:
        """The words that the model would flag by themselves."""
        words = [hit for _, hit in zip(range(_MOST_WORDS), _WORD.finditer(said), strict=False)]
        spoken = list(dict.fromkeys(hit[0] for hit in words))
        scores = dict(zip(spoken, self._loaded()(spoken) if spoken else (), strict=True))
        for hit in words:
            if scores[hit[0]] >= _WORTH_SHOWING:
                start, end = hit.span()
                yield Match(start=start, end=end, label="profanity", reading=way)

    def _score(self, text: str, read: str) -> dict[str, float]:
        raw_windows, read_windows = self._windows(text), self._windows(read)
        scores = [float(score) for score in self._loaded()([*raw_windows, *read_windows])]
        raw, normalised = scores[: len(raw_windows)], scores[len(raw_windows) :]
        return {"raw": _worst(raw), "normalised": _worst(normalised)}

    def _windows(self, text: str) -> list[str]:
        return list(_windows(text, self._settings.window))

    def _loaded(self) -> Model:
        with self._lock:
            if self._model is None:
                self._model = self._load()
            return self._model


def _windows(text: str, size: int) -> Iterator[str]:
    for start in range(0, max(len(text) - _OVERLAP, 1), size - _OVERLAP):
        yield text[start : start + size]


def _worst(scores: list[float]) -> float:
    """`max` would let a NaN pass for whatever stands before it."""
    strange = [score for score in scores if not 0.0 <= score <= 1.0]
    return strange[0] if strange else max(scores)


def _load() -> Model:
    try:
        from profanity_check import predict_prob
    except ImportError as error:
        raise Unavailable(f"{_PACKAGE} cannot be loaded: {type(error).__name__}") from error
    model: Model = predict_prob
    return model
