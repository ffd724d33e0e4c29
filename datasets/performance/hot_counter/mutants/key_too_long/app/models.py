from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Id = Annotated[int, Field(ge=1, le=2**63 - 1)]


class NewPledge(BaseModel):
    model_config = ConfigDict(strict=True)

    supporter_id: Id
    amount_minor: int = Field(ge=1, le=10_000_000)
    key: str = Field(pattern=r"^[A-Za-z0-9_-]{8,}$")
