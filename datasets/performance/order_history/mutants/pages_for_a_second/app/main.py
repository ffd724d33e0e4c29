from contextlib import asynccontextmanager
from time import monotonic
from typing import Annotated, Literal

from fastapi import FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from app import history, orders
from app.database import pool
from app.errors import Refused
from app.models import Line, NewOrder

Id = Annotated[int, Path(ge=1, le=2**63 - 1)]
Status = Literal["open", "shipped", "delivered", "cancelled"]


@asynccontextmanager
async def lifespan(_: FastAPI):
    pool.open(wait=True)
    yield
    pool.close()


app = FastAPI(lifespan=lifespan)
pages: dict[tuple, tuple[float, dict]] = {}


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


@app.get("/v1/customers/{customer_id}/orders")
def list_orders(
    customer_id: Id,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    status: Status | None = None,
    cursor: str | None = None,
) -> dict:
    key = (customer_id, limit, status, cursor)
    known = pages.get(key)
    if known is None or known[0] < monotonic():
        with pool.connection() as connection:
            known = (monotonic() + 1, history.page(connection, customer_id, status, limit, cursor))
        if len(pages) > 100:
            pages.clear()
        pages[key] = known
    return known[1]


@app.get("/v1/customers/{customer_id}/summary")
def show_summary(customer_id: Id) -> dict:
    with pool.connection() as connection:
        return history.summary(connection, customer_id)


@app.post("/v1/customers/{customer_id}/orders", status_code=201)
def place_order(customer_id: Id, new: NewOrder) -> dict:
    with pool.connection() as connection:
        return orders.place(connection, customer_id, new)


@app.get("/v1/orders/{order_id}")
def show_order(order_id: Id) -> dict:
    with pool.connection() as connection:
        return orders.show(connection, order_id)


@app.post("/v1/orders/{order_id}/lines")
def add_line(order_id: Id, line: Line) -> dict:
    with pool.connection() as connection:
        return orders.add(connection, order_id, line)


@app.post("/v1/orders/{order_id}/cancel")
def cancel_order(order_id: Id) -> dict:
    with pool.connection() as connection:
        return orders.cancel(connection, order_id)
