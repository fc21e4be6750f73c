"""The real outside: vendors, the platform, mail and pagers, as the settings name them."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Protocol, runtime_checkable

from casework.handoffs import OtherDesk
from casework.ports import Check, NoticeChannel, Pager
from integrations.coop.client import Coop
from integrations.coop.settings import NAME, CoopSettings
from integrations.http import Outbound
from integrations.mail.client import Mail
from integrations.mail.settings import MailSettings
from integrations.notice_webhook.client import NoticeWebhook
from integrations.notice_webhook.settings import NoticeWebhookSettings
from integrations.openai_moderation.client import OpenAiModeration
from integrations.openai_moderation.settings import OpenAiModerationSettings
from integrations.pagerduty.client import PagerDuty
from integrations.pagerduty.settings import PagerDutySettings
from integrations.profanity.client import Profanity
from integrations.profanity.settings import ProfanitySettings
from integrations.scam_signs.client import ScamSigns
from integrations.scam_signs.settings import ScamSignsSettings
from integrations.slack.client import Slack
from integrations.slack.settings import SlackSettings
from storage import duty_files
from storage.keys import Keyring
from workers.kinds import ChannelKind
from workers.platforms import limits_of, notices_of, platform_of
from workers.settings import Settings
from workers.wiring import Outside


@asynccontextmanager
async def outside_of(settings: Settings, keyring: Keyring) -> AsyncIterator[Outside]:
    """Everything these settings name; the platform and its own notices share a way out."""
    there = limits_of(settings.platform_kind)
    async with Outbound() as http, Outbound(there) as to_platform:
        yield Outside(
            checks=_checks(settings, http),
            platform=platform_of(settings, keyring, to_platform),
            channels=_channels(settings, http, to_platform),
            pagers=_pagers(settings, http),
            duties=duty_files.load(settings.policies_dir),
            desks=_desks(settings, http),
        )


@runtime_checkable
class _LoadsSomething(Protocol):
    async def warm_up(self) -> None: ...


async def warm_up(outside: Outside) -> None:
    """Load models before the first case needs them: the fast lane does not wait for that."""
    for check in outside.checks:
        if isinstance(check, _LoadsSomething):
            await check.warm_up()


def _checks(settings: Settings, http: Outbound) -> Sequence[Check]:
    vendor = OpenAiModerationSettings(
        base_url=settings.vendor_moderation_url, key=settings.vendor_moderation_key
    )
    return (
        OpenAiModeration(http, vendor),
        Profanity(ProfanitySettings()),
        ScamSigns(ScamSignsSettings()),
    )


def _channels(settings: Settings, http: Outbound, to_platform: Outbound) -> Sequence[NoticeChannel]:
    return tuple(_channel(kind, settings, http, to_platform) for kind in settings.channels)


def _channel(
    kind: ChannelKind, settings: Settings, http: Outbound, to_platform: Outbound
) -> NoticeChannel:
    match kind:
        case ChannelKind.MAIL:
            return Mail(_mail(settings))
        case ChannelKind.MATRIX:
            return notices_of(settings, to_platform)
        case ChannelKind.WEBHOOK:
            return NoticeWebhook(http, _notice_webhook(settings))


def _mail(settings: Settings) -> MailSettings:
    given = {name: getattr(settings, name) for name in ("smtp_url", "mail_from", "mail_to_pattern")}
    return MailSettings.model_validate(given)


def _notice_webhook(settings: Settings) -> NoticeWebhookSettings:
    given = {"url": settings.notice_webhook_url, "secret": settings.notice_webhook_secret}
    return NoticeWebhookSettings.model_validate(given)


def _pagers(settings: Settings, http: Outbound) -> Sequence[Pager]:
    pagers: list[Pager] = []
    if settings.pagerduty_url and settings.pagerduty_routing_key:
        pagerduty = PagerDutySettings(
            url=settings.pagerduty_url, routing_key=settings.pagerduty_routing_key
        )
        pagers.append(PagerDuty(http, pagerduty))
    if settings.slack_url:
        pagers.append(Slack(http, SlackSettings(url=settings.slack_url)))
    return pagers


def _desks(settings: Settings, http: Outbound) -> Mapping[str, OtherDesk]:
    if settings.coop_url is None or settings.coop_api_key is None:
        return {}
    there = CoopSettings(
        url=settings.coop_url,
        api_key=settings.coop_api_key,
        item_type=settings.coop_item_type,
        reporter_type=settings.coop_reporter_type,
    )
    return {NAME: Coop(http, there)}
