from collections.abc import Sequence

from integrations.pagerduty.fake import FakePager


class FakeSlack(FakePager):
    def __init__(self, *, fails_first: Sequence[Exception] = ()) -> None:
        super().__init__(name="slack", fails_first=fails_first)
