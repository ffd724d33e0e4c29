from contextlib import asynccontextmanager
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
    await pool.open(wait=True)
    yield
    await pool.close()


app = FastAPI(lifespan=lifespan)


@app.exception_handler(Refused)
def refused(_: Request, error: Refused) -> JSONResponse:
    return JSONResponse({"error": error.error}, status_code=error.status)


@app.exception_handler(RequestValidationError)
def invalid(_: Request, __: RequestValidationError) -> JSONResponse:
    return JSONResponse({"error": "invalid_request"}, status_code=422)


@app.get("/ready")
async def ready() -> dict:
    async with pool.connection() as connection:
        await connection.execute("SELECT 1")
    return {"ready": True}


@app.get("/v1/customers/{customer_id}/orders")
async def list_orders(
    customer_id: Id,
    limit: Annotated[int, Query(ge=1, le=100)] = 20,
    status: Status | None = None,
    cursor: str | None = None,
) -> dict:
    async with pool.connection() as connection:
        return await history.page(connection, customer_id, status, limit, cursor)


@app.get("/v1/customers/{customer_id}/summary")
async def show_summary(customer_id: Id) -> dict:
    async with pool.connection() as connection:
        return await history.summary(connection, customer_id)


@app.post("/v1/customers/{customer_id}/orders", status_code=201)
async def place_order(customer_id: Id, new: NewOrder) -> dict:
    async with pool.connection() as connection:
        return await orders.place(connection, customer_id, new)


@app.get("/v1/orders/{order_id}")
async def show_order(order_id: Id) -> dict:
    async with pool.connection() as connection:
        return await orders.show(connection, order_id)


@app.post("/v1/orders/{order_id}/lines")
async def add_line(order_id: Id, line: Line) -> dict:
    async with pool.connection() as connection:
        return await orders.add(connection, order_id, line)


@app.post("/v1/orders/{order_id}/cancel")
async def cancel_order(order_id: Id) -> dict:
    async with pool.connection() as connection:
        return await orders.cancel(connection, order_id)
