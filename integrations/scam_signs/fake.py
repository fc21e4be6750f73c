from collections.abc import Sequence

from integrations.scripted import ScriptedCheck


class FakeScamSigns(ScriptedCheck):
    def __init__(self, *, score: float = 0.0, fails_first: Sequence[Exception] = ()) -> None:
        super().__init__("scam_signs", {"link": score}, fails_first)
