"""The answers of the given queries, which old programs call."""

from scorers.database_schema.oracles.evolve_billing.answers import Answer, AnswerMaker, RowDict
from scorers.database_schema.oracles.evolve_billing.model import (
    HOME_CURRENCY,
    BillingModel,
    Customer,
    Invoice,
    legacy_lines,
)
from scorers.database_schema.session import Params


def _create_customer(model: BillingModel, params: Params) -> Answer:
    if model.address_taken(params["email"]):
        return Answer(refused_with=("23505",))

    def apply(changed: BillingModel, new_id: int) -> None:
        changed.customers[new_id] = Customer(new_id, params["email"], params["full_name"], params["created_at"])

    return Answer(new_id=True, known_ids=frozenset(model.customers), apply=apply)


def _get_customer(model: BillingModel, params: Params) -> Answer:
    customer = model.customers.get(params["customer_id"])
    if customer is None:
        return Answer()
    row: RowDict = {"id": customer.id, "email": customer.email, "full_name": customer.full_name}
    return Answer([row | {"created_at": customer.created_at}])


def _find_customer(model: BillingModel, params: Params) -> Answer:
    customer = model.exact_owner(params["email"])
    return Answer([{"id": customer.id}] if customer else [])


def _change_email(model: BillingModel, params: Params) -> Answer:
    customer_id: int = params["customer_id"]
    if customer_id not in model.customers:
        return Answer()
    if model.address_taken(params["email"], by_other_than=customer_id):
        return Answer(refused_with=("23505",))

    def apply(changed: BillingModel, _: int) -> None:
        changed.customers[customer_id].email = params["email"]
        changed.customers[customer_id].holds = True

    return Answer([{"id": customer_id}], apply=apply)


def _create_invoice(model: BillingModel, params: Params) -> Answer:
    if params["total_cents"] < 0:
        return Answer(refused_with=("23514",))
    if model.numbered(params["number"]) is not None:
        return Answer(refused_with=("23505",))
    if params["customer_id"] not in model.customers:
        return Answer(refused_with=("23503",))

    def apply(changed: BillingModel, new_id: int) -> None:
        changed.add_invoice(
            Invoice(
                id=new_id,
                customer_id=params["customer_id"],
                number=params["number"],
                currency=HOME_CURRENCY,
                issued_at=params["issued_at"],
                text=params["status"],
                lines=legacy_lines(params["total_cents"]),
            )
        )

    return Answer(new_id=True, known_ids=frozenset(model.invoices), apply=apply)


def _get_invoice(model: BillingModel, params: Params) -> Answer:
    invoice = model.numbered(params["number"])
    if invoice is None or not invoice.seen_by_old:
        return Answer()
    return Answer([_row(invoice) | {"customer_id": invoice.customer_id}])


def _list_invoices(model: BillingModel, params: Params) -> Answer:
    return Answer([_row(invoice) for invoice in model.invoices_of(params["customer_id"]) if invoice.seen_by_old])


def _sum_invoices(model: BillingModel, params: Params) -> Answer:
    seen = [invoice.total for invoice in model.invoices_of(params["customer_id"]) if invoice.seen_by_old]
    return Answer([{"total_cents": sum(seen)}])


def _set_total(model: BillingModel, params: Params) -> Answer:
    invoice = _seen(model, params)
    if invoice is None:
        return Answer()
    if params["total_cents"] < 0:
        return Answer(refused_with=("23514",))

    def apply(changed: BillingModel, _: int) -> None:
        if changed.invoices[invoice.id].total != params["total_cents"]:
            changed.invoices[invoice.id].lines = legacy_lines(params["total_cents"])

    return Answer([{"id": invoice.id}], apply=apply)


def _set_status_text(model: BillingModel, params: Params) -> Answer:
    invoice = _seen(model, params)
    if invoice is None:
        return Answer()

    def apply(changed: BillingModel, _: int) -> None:
        changed.invoices[invoice.id].text = params["status"]

    return Answer([{"id": invoice.id}], apply=apply)


def _delete_invoice(model: BillingModel, params: Params) -> Answer:
    invoice = _seen(model, params)
    if invoice is None:
        return Answer()

    def apply(changed: BillingModel, _: int) -> None:
        changed.drop_invoice(invoice.id)

    return Answer([{"id": invoice.id}], apply=apply)


def _seen(model: BillingModel, params: Params) -> Invoice | None:
    invoice = model.invoices.get(params["invoice_id"])
    return invoice if invoice is not None and invoice.seen_by_old else None


def _row(invoice: Invoice) -> RowDict:
    return {
        "id": invoice.id,
        "number": invoice.number,
        "total_cents": invoice.total,
        "status": invoice.text,
        "issued_at": invoice.issued_at,
    }


GIVEN_ANSWERS: dict[str, AnswerMaker] = {
    "create_customer": _create_customer,
    "get_customer": _get_customer,
    "find_customer": _find_customer,
    "change_email": _change_email,
    "create_invoice": _create_invoice,
    "get_invoice": _get_invoice,
    "list_invoices": _list_invoices,
    "sum_invoices": _sum_invoices,
    "set_total": _set_total,
    "set_status_text": _set_status_text,
    "delete_invoice": _delete_invoice,
}
"""By the name of the query. At head; on the way there, addresses are taken only by exactly equal ones."""
