from datetime import timedelta
from typing import Annotated

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from integrations.addresses import BaseUrl
from integrations.ozone.wire import Did

Label = Annotated[str, Field(pattern=r"^[^\s,;'\"]{1,128}$")]
"""A label's value. Ozone refuses blanks, commas, semicolons and quotes in one."""


class OzoneSettings(BaseSettings):
    """A moderator's account on its own server (PDS), which passes requests on to Ozone.

    `base_url` is that server's address. `identifier` and `password` are the account's handle or
    DID and an app password; the account is a moderator on Ozone's team. `labeler` is Ozone's DID.
    """

    model_config = SettingsConfigDict(
        env_prefix="CASEWORK_OZONE_", frozen=True, extra="forbid", hide_input_in_errors=True
    )

    base_url: BaseUrl
    identifier: Annotated[str, Field(min_length=1, max_length=300)]
    password: SecretStr
    labeler: Did
    label: Label = "!warn"
    """What `label_item` puts on a record."""
    labels: dict[str, Label] = Field(default_factory=dict)
    """The same by harm, where a harm has a label of its own."""
    age_label: Label = "graphic-media"
    """What `age_restrict_item` puts on a record: one of those that apps show to adults alone."""
    suspension_margin: Annotated[timedelta, Field(ge=timedelta(), le=timedelta(days=365))] = (
        timedelta(days=30)
    )
    """How long after its own end Ozone would lift a suspension by itself, were we gone."""
