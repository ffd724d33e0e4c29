from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import FastAPI, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from app import campaigns, pledges
from app.database import pool
from app.errors import Refused
from app.models import NewPledge

Id = Annotated[int, Path(ge=1, le=2**63 - 1)]


@asynccontextmanager
async def lifespan(_: FastAPI):
    pool.open(wait=True)
    yield
    pool.close()


app = FastAPI(lifespan=lifespan)


@app.exception_handler(Refused)
def refused(_: Request, error: Refused) -> JSONResponse:
    return JSONResponse({"error": error.error}, status_code=error.status)


@app.exception_handler(RequestValidationError)
def invalid(_: Request, __: RequestValidationError) -> JSONResponse:
    return JSONResponse({"error": "invalid_request"}, status_code=422)


@app.get("/ready")
def ready() -> dict:
    with pool.connection() as connection:
        connection.execute("SELECT 1")
    return {"ready": True}


@app.get("/v1/campaigns/{campaign_id}")
def show_campaign(campaign_id: Id) -> dict:
    with pool.connection() as connection:
        return campaigns.show(connection, campaign_id)


@app.get("/v1/campaigns/{campaign_id}/pledges")
def list_pledges(
    campaign_id: Id,
    limit: Annotated[int, Query(ge=1)] = 20,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> dict:
    with pool.connection() as connection:
        return campaigns.page(connection, campaign_id, limit, before)


@app.post("/v1/campaigns/{campaign_id}/pledges")
def add_pledge(campaign_id: Id, new: NewPledge, response: Response) -> dict:
    response.status_code, pledge = pledges.add(campaign_id, new)
    return pledge


@app.get("/v1/pledges/{pledge_id}")
def show_pledge(pledge_id: Id) -> dict:
    with pool.connection() as connection:
        return pledges.show(connection, pledge_id)


@app.post("/v1/pledges/{pledge_id}/withdraw")
def withdraw_pledge(pledge_id: Id) -> dict:
    return pledges.withdraw(pledge_id)
