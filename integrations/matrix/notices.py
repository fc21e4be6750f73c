"""Our notices as server notices: in a room between the homeserver and the account alone."""

from casework.errors import Gone
from casework.records import Statement
from integrations.http import Outbound
from integrations.matrix.calls import MatrixApi
from integrations.matrix.server_notices import ServerNotices
from integrations.matrix.settings import MatrixSettings
from integrations.matrix.switches import user_path
from integrations.matrix.wire import User


class MatrixNotices:
    """The channel `matrix`. An account that is locked cannot read it before it is unlocked."""

    def __init__(self, http: Outbound, settings: MatrixSettings) -> None:
        self._api = MatrixApi(http, settings)
        self._notices = ServerNotices(self._api, settings.notices_account)

    @property
    def name(self) -> str:
        return "matrix"

    async def send(self, statement: Statement) -> None:
        """Send the notice, with its id as transaction id.

        Raises:
            Unavailable: no answer, a limit (with its wait), 5xx, or our token is not known.
            TurnedDown: an account of another server, notices that are not enabled, a right we lack.
            Gone: no such account, or nobody can use it any more.
        """
        account = statement.account.id
        if (await self._api.read(user_path(account), User)).deactivated:
            raise Gone("the account was deactivated")
        text = f"{statement.subject}\n\n{statement.body}"
        await self._notices.send(account, statement.notice_id, text)
