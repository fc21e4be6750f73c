"""Where the vendor is, what it is told, and which of its categories speak to which harm."""

from collections.abc import Mapping
from typing import Annotated, Final, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from integrations.addresses import BaseUrl

CATEGORIES: Final = frozenset(
    {
        "harassment",
        "harassment/threatening",
        "hate",
        "hate/threatening",
        "illicit",
        "illicit/violent",
        "self-harm",
        "self-harm/instructions",
        "self-harm/intent",
        "sexual",
        "sexual/minors",
        "violence",
        "violence/graphic",
    }
)
"""Source: OpenAI's openapi.yaml 2.3.0, `category_scores` of omni-moderation-latest."""

RELEVANT: Final[Mapping[str, tuple[str, ...]]] = {
    "harassment": ("harassment", "harassment/threatening"),
    "hate": ("hate", "hate/threatening"),
    "self_harm": ("self-harm", "self-harm/intent", "self-harm/instructions"),
    "spam_scam": ("illicit", "illicit/violent"),
    "violence": ("violence", "violence/graphic", "illicit/violent"),
}
"""A harm's score is the worst of these; a harm not named here gets the worst of all."""


class OpenAiModerationSettings(BaseSettings):
    """`base_url` may end with the host, with /v1 or with /v1/moderations. Without a `key` no
    Authorization is sent. `categories` are all that may be scored: a vendor that adds one, or drops
    one that a harm needs, answers nonsense until somebody has changed this setting."""

    model_config = SettingsConfigDict(
        env_prefix="CASEWORK_VENDOR_MODERATION_", frozen=True, extra="forbid"
    )

    base_url: BaseUrl = "https://api.openai.com"
    key: SecretStr | None = None
    model: Annotated[str, Field(min_length=1, max_length=200)] = "omni-moderation-latest"
    categories: frozenset[str] = CATEGORIES
    relevant: Mapping[str, tuple[str, ...]] = RELEVANT
    longest: Annotated[int, Field(ge=1_000, le=1_000_000)] = 100_000

    @model_validator(mode="after")
    def _names_only_what_is_scored(self) -> Self:
        named = {category for categories in self.relevant.values() for category in categories}
        if not self.categories or named - self.categories:
            raise ValueError("`relevant` names a category that is not in `categories`")
        if not all(self.relevant.values()):
            raise ValueError("`relevant` names at least one category for each harm")
        return self

    @property
    def endpoint(self) -> str:
        base = self.base_url.removesuffix("/moderations").removesuffix("/v1")
        return f"{base}/v1/moderations"

    def relevant_to(self, harm: str) -> frozenset[str]:
        """The categories a harm needs; none for a harm that is not named, which takes them all."""
        return frozenset(self.relevant.get(harm, ()))
