"""Everything storage offers, opened together on one database and one ring of keys."""

from typing import Self

from storage.action_book import ActionBook
from storage.action_orders import ActionOrders
from storage.action_reads import ActionReads
from storage.aliases import Aliases
from storage.appeals import Appeals
from storage.audit import Audit
from storage.by_groups import ByGroups
from storage.care import CareBook
from storage.case_book import CaseBook
from storage.desk import DeskBook
from storage.engine import Clock, Database, utc_now
from storage.evidence import EvidenceRoom
from storage.figures import FigureBook
from storage.golden import GoldenBook
from storage.handoffs import Handoffs
from storage.holds import HoldBook
from storage.idempotency import Idempotency
from storage.intake import Intake
from storage.keys import Keyring
from storage.likeness import LikenessBook
from storage.logins import Logins
from storage.moves import MoveBook
from storage.my_day import MyDays
from storage.notice_book import NoticeBook
from storage.objects import Shelf, beside
from storage.on_the_way import OnTheWay
from storage.order_book import OrderBook
from storage.owed import Owed
from storage.passing_on import PassingBook
from storage.policy_book import PolicyBook
from storage.presence import Presence
from storage.profiles import ProfileBook
from storage.quality_reads import QualityReads
from storage.reads import Reads
from storage.recall_book import RecallBook
from storage.recall_items import RecallItems
from storage.refused_media import RefusedMedia
from storage.rereviews import Rereviews
from storage.review_book import ReviewBook
from storage.review_context import ReviewContexts
from storage.sessions import SessionBook
from storage.siblings import SiblingBook
from storage.snapshots import SnapshotBook
from storage.staff import Staff
from storage.standing_reads import StandingReads
from storage.undoing import SecondThoughtsBook
from storage.unserved import UnservedBook


class Store:
    def __init__(self, database: Database, keyring: Keyring, media: Shelf | None = None) -> None:
        self.database = database
        self.keyring = keyring
        self.audit = Audit(database, keyring)
        self.evidence = EvidenceRoom(database, keyring)
        self.cases = CaseBook(database, keyring)
        self.reviews = ReviewBook(database, keyring)
        self.rereviews = Rereviews(database, keyring)
        self.moves = MoveBook(database, keyring)
        self.actions = ActionBook(database, keyring)
        self.action_reads = ActionReads(database)
        self.action_orders = ActionOrders(database, keyring)
        self.orders = OrderBook(database, keyring)
        self.notices = NoticeBook(database, keyring)
        self.policies = PolicyBook(database, keyring)
        self.standings = StandingReads(database, self.policies)
        self.intake = Intake(database, keyring)
        self.staff = Staff(database, keyring)
        self.logins = Logins(database, keyring)
        self.by_groups = ByGroups(database, keyring)
        self.sessions = SessionBook(database, keyring)
        self.second_thoughts = SecondThoughtsBook(database, keyring)
        self.appeals = Appeals(database, keyring)
        self.owed = Owed(database)
        self.siblings = SiblingBook(database, keyring)
        self.holds = HoldBook(database, keyring)
        self.recalls = RecallBook(database, keyring)
        self.recall_items = RecallItems(database, keyring)
        self.snapshots = SnapshotBook(database, keyring, media or Shelf(None))
        self.refused_media = RefusedMedia(database, keyring)
        self.idempotency = Idempotency(database, keyring)
        self._furnish_the_desk(database, keyring)

    def _furnish_the_desk(self, database: Database, keyring: Keyring) -> None:
        self.aliases = Aliases(database)
        self.quality = QualityReads(database, keyring)
        self.golden = GoldenBook(database, keyring)
        self.care = CareBook(database, keyring)
        self.desk = DeskBook(database, keyring)
        self.on_the_way = OnTheWay(database, keyring)
        self.passing = PassingBook(database, keyring)
        self.profiles = ProfileBook(database, keyring)
        self.reads = Reads(database, keyring)
        self.contexts = ReviewContexts(database)
        self.likeness = LikenessBook(database)
        self.presence = Presence(database)
        self.my_days = MyDays(database)
        self.handoffs = Handoffs(database, keyring)
        self.figures = FigureBook(database)
        self.unserved = UnservedBook(database, keyring)

    @classmethod
    def open(
        cls, url: str, keyring: Keyring, clock: Clock = utc_now, media: str | None = None
    ) -> Self:
        """Connects when first used. The schema is not checked here; `storage.schema.check` does.

        `media` is where pictures are kept: `file:///...`, `s3://...`; a folder beside the database
        file unless it is given.
        """
        return cls(Database.open(url, clock), keyring, Shelf(media or beside(url)))

    async def close(self) -> None:
        await self.database.close()
