"""The exact text of every policy version that was ever in force: the `PolicyBook` port."""

from sqlalchemy import func, select

from casework.errors import PolicyMistake, Unavailable
from casework.policy import Policy
from storage import policy_files
from storage.audit import Audit
from storage.audit_line import Event
from storage.engine import Database, Transaction
from storage.keys import Keyring
from storage.tables import policies


class PolicyBook:
    def __init__(self, database: Database, keyring: Keyring) -> None:
        self._database = database
        self._audit = Audit(database, keyring)
        self._parsed: dict[tuple[str, int], Policy] = {}
        """A version never changes, so each is parsed once per process."""

    async def put(self, text: str, policy: Policy) -> None:
        """Keep this version. Repeating changes nothing.

        Raises:
            PolicyMistake: when this version is on record with another text.
        """

        async def work(tx: Transaction) -> None:
            is_new = await tx.add_if_absent(
                policies, harm=policy.harm, version=policy.version, text=text, put_at=tx.now
            )
            if is_new:
                facts = {"harm": policy.harm, "version": str(policy.version)}
                self._audit.append(tx, "", "casework", Event.POLICY_LOADED, **facts)
            elif await _text(tx, policy.harm, policy.version) != text:
                raise PolicyMistake(
                    f"{policy.harm} version {policy.version} is on record with another text: "
                    "raise the version with every change"
                )

        await self._database.write(work)

    async def current(self, harm: str) -> Policy:
        """The highest version on record. Raises Unavailable when there is none (yet)."""
        highest = select(func.max(policies.c.version)).where(policies.c.harm == harm)
        found = await self._database.look(highest)
        if found is None or found[0] is None:
            raise Unavailable("no policy for this harm is on record (yet)")
        return await self.version(harm, found[0])

    async def version(self, harm: str, version: int) -> Policy:
        """Exactly this version, however old. Raises Unavailable when it is not on record."""
        known = self._parsed.get((harm, version))
        if known is not None:
            return known
        text = await self._database.read(lambda tx: _text(tx, harm, version))
        if text is None:
            raise Unavailable("this version of the policy is not on record")
        policy = policy_files.parse_again(text, f"{harm}.yaml")
        self._parsed[harm, version] = policy
        return policy

    async def harms(self) -> frozenset[str]:
        """Every harm with a policy on record."""

        async def work(tx: Transaction) -> frozenset[str]:
            return frozenset(row.harm for row in await tx.rows(select(policies.c.harm).distinct()))

        return await self._database.read(work)


async def _text(tx: Transaction, harm: str, version: int) -> str | None:
    row = await tx.row(
        select(policies.c.text).where(policies.c.harm == harm, policies.c.version == version)
    )
    return None if row is None else str(row.text)
