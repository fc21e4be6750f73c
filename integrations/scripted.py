"""What all fakes have in common: they fail first as often as they were told, then work."""

from collections.abc import Sequence


class Failures:
    """Raises each given error once, in order; after that nothing fails."""

    def __init__(self, errors: Sequence[Exception]) -> None:
        self._left = list(errors)

    def next(self) -> None:
        if self._left:
            raise self._left.pop(0)
