"""What Prometheus reads."""

from collections.abc import Iterator

from fastapi import APIRouter
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from fake_carriers.country import Country
from fake_carriers.gateway import NO_CARRIER, Gateway

_COUNTED = {
    "sms.submitted": "submitted",
    "sms.accepted": "accepted",
    "sms.throttled": "throttled",
    "sms.refused": "refused",
    "sms.swallowed": "swallowed",
    "not kept": "not_kept",
    "sms.delivered": "delivered",
    "sms.failed": "failed",
    "sms.lost": "lost",
    "doubled": "doubled",
    "receipts": "receipts",
    "dropped": "dropped",
    "originated": "originated",
}


class _Figures(Collector):
    def __init__(self, country: Country, gateway: Gateway) -> None:
        self._country, self._gateway = country, gateway

    def collect(self) -> Iterator[Metric]:
        messages = CounterMetricFamily(
            "lab113_sms", "Message parts by what happened to them", labels=("carrier", "what")
        )
        waiting = GaugeMetricFamily("lab113_sms_waiting", "Messages on their way", labels=("carrier",))
        sessions = GaugeMetricFamily("lab113_smpp_sessions", "Bound SMPP sessions", labels=("carrier",))
        moods = GaugeMetricFamily("lab113_sms_moods", "Moods that hold", labels=("carrier",))
        undelivered = GaugeMetricFamily(
            "lab113_smpp_undelivered", "deliver_sm that nobody is bound for", labels=("carrier",)
        )
        for name, smsc in self._country.smscs.items():
            counts = self._country.network.counts[name]
            for event, what in _COUNTED.items():
                messages.add_metric((name, what), counts[event])
            waiting.add_metric((name,), self._country.network.under_way[name])
            sessions.add_metric((name,), sum(session.bind is not None for session in smsc.sessions))
            moods.add_metric((name,), len(self._country.moods.of(name)))
            undelivered.add_metric((name,), smsc.waiting)
        nobodys = self._country.network.counts[NO_CARRIER]
        messages.add_metric((NO_CARRIER, "refused"), nobodys["sms.refused"])
        posted = CounterMetricFamily("lab113_sms_webhooks", "Receipts posted by HTTP", labels=("what",))
        posted.add_metric(("posted",), self._gateway.webhook.posted)
        posted.add_metric(("refused",), self._gateway.webhook.refused)
        return iter((messages, waiting, sessions, moods, undelivered, posted))


def metrics_api(country: Country, gateway: Gateway) -> APIRouter:
    api = APIRouter(tags=["metrics"])
    registry = CollectorRegistry()
    registry.register(_Figures(country, gateway))

    @api.get("/metrics")
    async def metrics() -> Response:
        """Counters and gauges, per carrier, in Prometheus' text format."""
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

    return api
