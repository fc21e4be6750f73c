"""What Prometheus is told. Labels are routes, words of ours and statuses; never people or items."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from storage.read_models import HoldCount

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)


class QueueCounts(Protocol):
    @property
    def queue(self) -> str: ...
    @property
    def waiting(self) -> int: ...
    @property
    def claimed(self) -> int: ...
    @property
    def unserved_now(self) -> int: ...
    @property
    def oldest_at(self) -> datetime | None: ...
    @property
    def next_due_at(self) -> datetime | None: ...


class HoldMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self._standing = Gauge(
            "casework_holds_active",
            "Holds that stand, by what they are on and by whether a breaker set them",
            ("kind", "by"),
            registry=registry,
        )
        self._cases = Gauge(
            "casework_parked_cases", "Cases that a hold keeps waiting", registry=registry
        )
        self._actions = Gauge(
            "casework_parked_actions", "Actions that a hold keeps waiting", registry=registry
        )

    def show(self, counted: HoldCount) -> None:
        self._standing.clear()
        for some in counted.holds:
            by = "breaker" if some.automated_only else "person"
            self._standing.labels(some.kind, by).set(some.number)
        self._cases.set(counted.parked.cases)
        self._actions.set(counted.parked.actions)


class Metrics:
    """One registry for one gateway, so that two in a process do not share counts."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "casework_http_requests",
            "Requests answered",
            ("method", "route", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "casework_http_request_seconds",
            "Time until the whole answer was sent",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._detections = Counter(
            "casework_detections",
            "Detections by what became of them: accepted, repeated, stored, or a refusal's code",
            ("result",),
            registry=self._registry,
        )
        self._waiting = self._gauge("casework_queue_waiting", "Reviews nobody holds")
        self._claimed = self._gauge("casework_queue_claimed", "Reviews somebody holds")
        self._unserved = self._gauge(
            "casework_queue_unserved_now",
            "Reviews, critical or soon due, that would be served to nobody who works here now",
        )
        self._oldest = self._gauge(
            "casework_queue_oldest_seconds", "How long the oldest open review has waited"
        )
        self._due = self._gauge(
            "casework_queue_next_due_seconds", "Until the earliest open review is due"
        )

        self.holds = HoldMetrics(self._registry)

    def _gauge(self, name: str, what: str) -> Gauge:
        return Gauge(name, what, ("queue",), registry=self._registry)

    def listen_to(self, streams: Callable[[], int]) -> None:
        """Show how many event streams are open, as they are when somebody asks."""
        name, what = "casework_live_streams", "Event streams that open pages listen to"
        Gauge(name, what, registry=self._registry).set_function(streams)

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def detection(self, result: str) -> None:
        self._detections.labels(result).inc()

    def page(self, queues: Sequence[QueueCounts], now: datetime) -> bytes:
        """Everything, in Prometheus' text format."""
        for gauge in (self._waiting, self._claimed, self._unserved, self._oldest, self._due):
            gauge.clear()
        for queue in queues:
            waited = (now - queue.oldest_at).total_seconds() if queue.oldest_at else 0.0
            self._waiting.labels(queue.queue).set(queue.waiting)
            self._claimed.labels(queue.queue).set(queue.claimed)
            self._unserved.labels(queue.queue).set(queue.unserved_now)
            self._oldest.labels(queue.queue).set(waited)
            if queue.next_due_at:
                self._due.labels(queue.queue).set((queue.next_due_at - now).total_seconds())
        return generate_latest(self._registry)
