from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


class NewTicket(BaseModel):
    model_config = ConfigDict(strict=True)

    subject: str = Field(min_length=1, pattern=r"^[^\x00]*$")
    body: str = Field(max_length=5000, pattern=r"^[^\x00]*$")


class NewEntry(BaseModel):
    model_config = ConfigDict(strict=True)

    agent_id: Id
    minutes: int = Field(ge=1, le=1440)
