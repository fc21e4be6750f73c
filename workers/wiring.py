"""Puts acts, storage and the outside world together. The only place that knows them all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from activities.appealing import Appeals
from activities.braking import Braking
from activities.changing import Changing
from activities.deciding import Deciding
from activities.enforcing import Enforcing
from activities.handing_out import HandingOut
from activities.hearing import Bench
from activities.moving import Moving
from activities.new_ends import NewEnds
from activities.opening import CaseFolder
from activities.pacing import Recalling
from activities.paging import Paging
from activities.recalling import Recaller, Records, Voices
from activities.screening import Screening
from activities.telling import Telling
from activities.truth import Truth
from activities.undoing import Undoing
from casework.duties import Duties
from casework.handoffs import OtherDesk
from casework.holds import USUAL, Limits
from casework.places import Places
from casework.ports import Check, NoticeChannel, Pager, Platform
from casework.recall_ports import Retold
from storage import duty_files, policy_files
from storage.appeal_links import AppealTokens
from storage.engine import utc_now
from storage.store import Store
from workers.roles import Acts


@dataclass(frozen=True)
class Outside:
    """Everything a deployment talks to, and the law it is under. Fakes come in through here."""

    checks: Sequence[Check]
    platform: Platform
    channels: Sequence[NoticeChannel]
    pagers: Sequence[Pager]
    duties: Duties = field(default_factory=duty_files.shipped)
    desks: Mapping[str, OtherDesk] = field(default_factory=dict)
    """Other teams' tools, by the name that policies know them by."""


def acts(
    store: Store,
    outside: Outside,
    places: Places,
    retold: Retold,
    limits: Limits = USUAL.detector,
) -> Acts:
    links = AppealTokens(store.keyring.tokens, places.public_url)
    telling = Telling(store.notices, outside.channels)
    enforcing = Enforcing(store.actions, outside.platform, Braking(store.policies, limits).of)
    records = Records(store.cases, store.policies, store.recall_items)
    changing = Changing(store.notices, telling)
    voices = Voices(telling, changing, retold)
    recaller = Recaller(records, enforcing, voices, utc_now)
    truth = Truth(store.cases, store.policies, store.orders, telling, links)
    return Acts(
        folder=CaseFolder(store.cases, store.policies, truth, places),
        screening=Screening(store.cases, outside.checks),
        deciding=Deciding(store.cases, store.reviews, store.policies, links, outside.duties),
        bench=Bench(store.cases, store.reviews, store.policies, links, outside.duties),
        enforcing=enforcing,
        paging=Paging(store.cases, outside.pagers, places),
        appeals=Appeals(store.cases, store.reviews, store.policies, truth, places),
        new_ends=NewEnds(store.cases, store.policies, store.orders, telling, links),
        undoing=Undoing(store.cases, store.policies, store.second_thoughts),
        recalling=Recalling(store.recalls, store.recall_items, recaller, utc_now),
        changing=changing,
        moving=Moving(store.cases, store.reviews, store.policies, store.moves),
        handing_out=HandingOut(store.cases, store.reviews, store.handoffs, outside.desks),
    )


async def put_policies(store: Store, folder: Path) -> None:
    """Keep the exact text of every policy in the folder before any case can begin under it.

    Raises:
        PolicyMistake: a policy is wrong, or its text changed without a new version.
    """
    for file in policy_files.load(folder):
        await store.policies.put(file.text, file.policy)
