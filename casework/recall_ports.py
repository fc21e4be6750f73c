"""What a recall needs from storage and from the stories of cases."""

from typing import Protocol

from casework.orders import CaseStart, DetectionNews, StartFacts
from casework.recalls import (
    ItemStanding,
    Progress,
    RecallItem,
    RecallReport,
    RecallState,
    Requeue,
)
from casework.records import Settled, Statement
from casework.righting import Shortening


class RecallBook(Protocol):
    """The state of a recall, as its story reads and ends it."""

    async def state(self, recall_id: str) -> RecallState: ...

    async def progress(self, recall_id: str) -> Progress: ...

    async def accountable(self, recall_id: str) -> str:
        """Who approved it, as the decisions say: their ids, joined by a comma."""

    async def finish(self, recall_id: str) -> RecallReport | None:
        """End it with its report; None while an item is not over. Repeating answers the same."""


class RecallItems(Protocol):
    """The items of a recall. Each step of an item is one commit with its effects."""

    async def due(self, recall_id: str, limit: int) -> tuple[RecallItem, ...]:
        """Those that are not over, the least tried first, then by position."""

    async def standing(self, item: RecallItem) -> ItemStanding: ...

    async def withdraw(
        self, item: RecallItem, seen: ItemStanding, settled: Settled, step: str
    ) -> RecallItem:
        """Write the overriding decision with all that follows from it, and what is owed now.

        Raises:
            NotConfirmed: when the case stands differently from what was `seen`: look again.
        """

    async def skip(self, item: RecallItem, why: str) -> RecallItem: ...

    async def tell(self, item: RecallItem, statement: Statement) -> RecallItem:
        """Keep the correction, if the account was told anything that needs one."""

    async def finish(self, item: RecallItem, requeue: Requeue | None) -> RecallItem:
        """The item is over, and put before people again if it is borderline.

        Raises:
            NotConfirmed: when a statement got out meanwhile, or its case is not closed yet.
        """

    async def refused(self, item: RecallItem, code: str) -> RecallItem:
        """Something of it cannot be done, by its code: people have to see to it."""

    async def give_up(self, item: RecallItem, code: str) -> RecallItem:
        """Nothing more is tried here: people have to see to the rest."""

    async def failed(self, item: RecallItem) -> RecallItem:
        """Try it again after those that were tried less often."""


class Retold(Protocol):
    """Tells the stories of cases what was settled elsewhere. Each call may be repeated."""

    async def settled_elsewhere(self, workflow_id: str) -> None:
        """Let a story look at the database again. Nothing happens when it does not run."""

    async def shortened(self, shorter: Shortening) -> None:
        """An action ends sooner: tell its story, or begin one for what was to last for good."""

    async def detected(self, start: CaseStart, news: DetectionNews, facts: StartFacts) -> None:
        """Tell the story of a case that has a new round, beginning it if need be."""
