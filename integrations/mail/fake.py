from collections.abc import Sequence

from integrations.scripted import ScriptedChannel


class FakeMail(ScriptedChannel):
    def __init__(self, *, fails_first: Sequence[Exception] = ()) -> None:
        super().__init__("email", fails_first)
