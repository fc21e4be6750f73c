"""Other teams' tools that call the gateway back."""

from collections.abc import Mapping

from gateway.doors import Doors
from gateway.from_coop import FromCoop, make_known
from gateway.ports import Callback
from integrations.coop.settings import NAME, rulings_of
from integrations.coop.signing import PublicKeys
from workers.settings import Settings


async def callbacks_of(settings: Settings, doors: Doors) -> Mapping[str, Callback]:
    """Those that the settings hold a key of.

    Raises:
        CoopMistake: a key or the map of actions does not fit.
    """
    if settings.coop_public_key is None:
        return {}
    keys = PublicKeys(settings.coop_public_key.get_secret_value())
    rulings = rulings_of(settings.coop_actions)
    return {NAME: FromCoop(doors, keys, rulings, await make_known(doors.store))}
