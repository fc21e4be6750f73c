from collections.abc import Sequence

from integrations.scripted import ScriptedCheck


class FakeProfanity(ScriptedCheck):
    def __init__(self, *, score: float = 0.0, fails_first: Sequence[Exception] = ()) -> None:
        super().__init__("profanity", {"raw": score, "normalised": score}, fails_first)
