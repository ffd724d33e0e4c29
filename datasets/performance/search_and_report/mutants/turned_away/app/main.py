from asyncio import Semaphore, sleep
from contextlib import asynccontextmanager
from typing import Annotated, Literal

from fastapi import FastAPI, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from app import report, search, tickets
from app.database import pool
from app.errors import Refused
from app.models import NewEntry, NewTicket

Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
Text = Annotated[str, Query(min_length=3, max_length=60, pattern=r"^[^\x00]*$")]


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


readers = Semaphore(6)


@app.middleware("http")
async def audited(request: Request, call_next) -> Response:
    if request.method != "GET" or request.url.path == "/ready":
        return await call_next(request)
    if readers.locked():
        return JSONResponse({"error": "busy"}, status_code=503)
    async with readers:
        await sleep(0.08)
        return await call_next(request)


@app.get("/v1/teams/{team_id}/tickets")
def list_tickets(
    team_id: Id,
    q: Text | None = None,
    status: Literal["open", "closed"] | None = None,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    cursor: str | None = None,
) -> dict:
    with pool.connection() as connection:
        return search.page(connection, team_id, q, status, limit, cursor)


@app.get("/v1/teams/{team_id}/report")
def show_report(team_id: Id, since: Annotated[str, Query(alias="from")], until: Annotated[str, Query(alias="to")]) -> dict:
    with pool.connection() as connection:
        return report.report(connection, team_id, since, until)


@app.post("/v1/teams/{team_id}/tickets", status_code=201)
def create_ticket(team_id: Id, new: NewTicket) -> dict:
    with pool.connection() as connection:
        return tickets.create(connection, team_id, new)


@app.get("/v1/tickets/{ticket_id}")
def show_ticket(ticket_id: Id) -> dict:
    with pool.connection() as connection:
        return tickets.show(connection, ticket_id)


@app.post("/v1/tickets/{ticket_id}/entries")
def add_entry(ticket_id: Id, new: NewEntry) -> dict:
    with pool.connection() as connection:
        return tickets.add(connection, ticket_id, new)


@app.post("/v1/tickets/{ticket_id}/close")
def close_ticket(ticket_id: Id) -> dict:
    with pool.connection() as connection:
        return tickets.close(connection, ticket_id)
