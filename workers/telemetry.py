"""Metrics and traces of a process. Ids and closed words only: never content, never an account."""

import logging

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from temporalio.client import Plugin
from temporalio.contrib.opentelemetry import OpenTelemetryPlugin, create_tracer_provider
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from workers.settings import Settings


def runtime(settings: Settings) -> Runtime:
    """Temporal's runtime, showing its metrics to Prometheus where an address is set."""
    if settings.metrics_address is None:
        return Runtime(telemetry=TelemetryConfig())
    metrics = PrometheusConfig(bind_address=settings.metrics_address)
    return Runtime(telemetry=TelemetryConfig(metrics=metrics))


def tracing(settings: Settings, process: str) -> list[Plugin]:
    """Spans of stories and acts to an OTLP endpoint, where one is set."""
    if settings.otlp_endpoint is None:
        return []
    resource = Resource.create(
        {"service.name": f"casework-{process}", "service.version": settings.deployment_version}
    )
    provider = create_tracer_provider(resource=resource)
    exporter = OTLPSpanExporter(endpoint=f"{settings.otlp_endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    expect_stories_put_aside()
    return [OpenTelemetryPlugin(add_temporal_spans=True)]


def expect_stories_put_aside() -> None:
    """Keep one error that is none out of the logs.

    A story that leaves the worker's cache, at the latest when the worker stops, is taken down by
    the garbage collector, and so is its span: elsewhere than where it began, for which
    OpenTelemetry logs a traceback (temporalio 1.35: only its own contexts are spared). Nothing is
    lost: the story goes on in whatever worker tells it next.
    """
    logging.getLogger("opentelemetry.context").addFilter(_was_not_put_aside)


def _was_not_put_aside(record: logging.LogRecord) -> bool:
    """A ValueError is what `contextvars` raises for the token of another context."""
    return not (record.exc_info and isinstance(record.exc_info[1], ValueError))
