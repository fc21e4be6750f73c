"""What goes with a case's evidence, beside the key that opens it."""

from sqlalchemy import delete, update

from casework.snapshots import SnapshotState
from storage.engine import Transaction
from storage.tables import likeness_bands, snapshots


async def forget(tx: Transaction, case_id: str) -> None:
    """No longer like anything; nothing is fetched any more, and what was kept is cleared away."""
    await tx.execute(delete(likeness_bands).where(likeness_bands.c.case_id == case_id))
    erased = {"state": SnapshotState.ERASED.value, "due_at": tx.now}
    await tx.execute(update(snapshots).where(snapshots.c.case_id == case_id).values(**erased))
