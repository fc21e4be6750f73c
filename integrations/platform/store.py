"""What the simulated platform remembers, in a SQLite file that survives `kill -9`."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from casework.base import Model
from casework.words import PlatformState
from integrations.platform.contract import ActionBody

_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS actions (
    action_id TEXT PRIMARY KEY, target TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL,
    asked TEXT NOT NULL, at REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS effects (
    seq INTEGER PRIMARY KEY, action_id TEXT NOT NULL, target TEXT NOT NULL, kind TEXT NOT NULL,
    change TEXT NOT NULL, at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS effects_of_action ON effects (action_id);
"""


class Standing(Model):
    """An action as it stands, and its target (`account:<id>` or `<item type>:<id>`)."""

    action_id: str
    target: str
    kind: str
    state: PlatformState
    asked: str
    """The body that asked for it, as JSON."""


class Effect(Model):
    """Something that really changed: `change` is applied or reverted, `at` seconds since 1970."""

    seq: int
    action_id: str
    target: str
    kind: str
    change: PlatformState
    at: float


class Doubled(Model):
    """An action id that had its effect more than once, or a target that has one kind of effect
    from several actions at the same time."""

    what: str
    times: int


class Summary(Model):
    """`effects` counts applications, not reversals."""

    actions: int
    applied: int
    reverted: int
    effects: int
    doubled_actions: tuple[Doubled, ...]
    doubled_targets: tuple[Doubled, ...]
    by_kind: dict[str, int]
    """How many of each kind stand at the moment."""


class PlatformStore:
    """One process, one connection. Every change and its effect are one commit."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        # Losing power may lose the last commits; being killed may not, and nobody pulls the plug
        # of a simulator.
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    def find(self, action_id: str) -> Standing | None:
        query = "SELECT action_id, target, kind, state, asked FROM actions WHERE action_id = ?"
        row = self._db.execute(query, (action_id,)).fetchone()
        return _standing(row) if row else None

    def apply(self, asked: ActionBody, target: str, at: float) -> None:
        """Act, whether or not this was done before: the caller has looked."""
        body = asked.model_dump_json(exclude_none=True)
        with closing(self._db.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute(
                "INSERT OR REPLACE INTO actions VALUES (?, ?, ?, ?, ?, ?)",
                (asked.action_id, target, asked.kind, PlatformState.APPLIED, body, at),
            )
            change = (asked.action_id, target, asked.kind, PlatformState.APPLIED, at)
            cursor.execute(_RECORD, change)
            cursor.execute("COMMIT")

    def revert(self, standing: Standing, at: float) -> None:
        with closing(self._db.cursor()) as cursor:
            cursor.execute("BEGIN IMMEDIATE")
            cursor.execute(
                "UPDATE actions SET state = ? WHERE action_id = ?",
                (PlatformState.REVERTED, standing.action_id),
            )
            change = (
                standing.action_id,
                standing.target,
                standing.kind,
                PlatformState.REVERTED,
                at,
            )
            cursor.execute(_RECORD, change)
            cursor.execute("COMMIT")

    def latest_standings(self, most: int) -> list[Standing]:
        query = (
            "SELECT action_id, target, kind, state, asked FROM actions "
            "ORDER BY at DESC, action_id LIMIT ?"
        )
        return [_standing(row) for row in self._db.execute(query, (most,))]

    def latest_effects(self, most: int) -> list[Effect]:
        query = (
            "SELECT seq, action_id, target, kind, change, at FROM effects ORDER BY seq DESC LIMIT ?"
        )
        return [_effect(row) for row in self._db.execute(query, (most,))]

    def effects(self, *, action_id: str | None = None, target: str | None = None) -> list[Effect]:
        rows = self._db.execute(
            "SELECT seq, action_id, target, kind, change, at FROM effects "
            "WHERE (?1 IS NULL OR action_id = ?1) AND (?2 IS NULL OR target = ?2) ORDER BY seq",
            (action_id, target),
        )
        return [_effect(row) for row in rows]

    def summary(self) -> Summary:
        states = dict(self._db.execute("SELECT state, count(*) FROM actions GROUP BY state"))
        [effects] = self._db.execute(
            "SELECT count(*) FROM effects WHERE change = 'applied'"
        ).fetchone()
        standing = "SELECT kind, count(*) FROM actions WHERE state = 'applied' GROUP BY kind"
        return Summary(
            actions=sum(states.values()),
            applied=states.get(PlatformState.APPLIED, 0),
            reverted=states.get(PlatformState.REVERTED, 0),
            effects=effects,
            doubled_actions=self._doubled(_DOUBLED_ACTIONS),
            doubled_targets=self._doubled(_DOUBLED_TARGETS),
            by_kind=dict(self._db.execute(standing)),
        )

    def _doubled(self, query: str) -> tuple[Doubled, ...]:
        return tuple(Doubled(what=what, times=times) for what, times in self._db.execute(query))


_RECORD: Final = "INSERT INTO effects (action_id, target, kind, change, at) VALUES (?, ?, ?, ?, ?)"
_DOUBLED_ACTIONS: Final = (
    "SELECT action_id, count(*) FROM effects WHERE change = 'applied' GROUP BY action_id "
    "HAVING count(*) > 1 ORDER BY 1"
)
_DOUBLED_TARGETS: Final = (
    "SELECT target || ' ' || kind, count(*) FROM actions WHERE state = 'applied' "
    "GROUP BY target, kind HAVING count(*) > 1 ORDER BY 1"
)


def _standing(row: tuple[str, str, str, str, str]) -> Standing:
    action_id, target, kind, state, asked = row
    return Standing(
        action_id=action_id, target=target, kind=kind, state=PlatformState(state), asked=asked
    )


def _effect(row: tuple[int, str, str, str, str, float]) -> Effect:
    seq, action_id, target, kind, change, at = row
    return Effect(
        seq=seq,
        action_id=action_id,
        target=target,
        kind=kind,
        change=PlatformState(change),
        at=at,
    )
