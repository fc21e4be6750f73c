"""How the queues of somebody's scope go."""

from casework.queueing import APPEALS
from casework.records import Person
from gateway.doors import Doors
from storage.read_models import QueueWork


async def queue_work(doors: Doors, person: Person) -> tuple[QueueWork, ...]:
    """As `DeskWork.queues`, with how long things take and what nobody here can take."""
    found = await doors.lookout.work()
    return tuple(each for each in found if each.queue == APPEALS or person.serves(each.queue))
