"""The answers of the new queries, which new programs call at head."""

from scorers.database_schema.oracles.evolve_billing.answers import Answer, AnswerMaker, RowDict
from scorers.database_schema.oracles.evolve_billing.model import (
    CURRENCIES,
    LARGEST_TOTAL,
    STATUSES,
    BillingModel,
    Invoice,
    Line,
)
from scorers.database_schema.session import Params

UNKNOWN_CURRENCY = ("23514", "23503", "22P02", "22001")
UNKNOWN_STATUS = ("23514", "22P02", "23503", "22001")
TOO_LARGE = ("23514", "22003")


def _open_invoice(model: BillingModel, params: Params) -> Answer:
    if params["currency"] not in CURRENCIES:
        return Answer(refused_with=UNKNOWN_CURRENCY)
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
                currency=params["currency"],
                issued_at=params["issued_at"],
                text="open",
            )
        )

    return Answer(new_id=True, known_ids=frozenset(model.invoices), apply=apply)


def _add_line(model: BillingModel, params: Params) -> Answer:
    invoice = model.invoices.get(params["invoice_id"])
    if invoice is None:
        return Answer()
    line = Line(params["description"], params["quantity"], params["unit_minor"])
    if line.quantity < 1 or line.unit_minor < 0 or not line.description:
        return Answer(refused_with=("23514",))
    total = invoice.total + line.amount_minor
    if total > LARGEST_TOTAL:
        return Answer(refused_with=TOO_LARGE)

    def apply(changed: BillingModel, _: int) -> None:
        changed.invoices[invoice.id].lines.append(line)

    return Answer([{"position": len(invoice.lines) + 1, "total_minor": total}], apply=apply)


def _invoice_lines(model: BillingModel, params: Params) -> Answer:
    invoice = model.invoices.get(params["invoice_id"])
    return Answer(line_rows(invoice.lines) if invoice else [])


def _invoice_details(model: BillingModel, params: Params) -> Answer:
    invoice = model.invoices.get(params["invoice_id"])
    if invoice is None:
        return Answer()
    row = _row(invoice) | {"customer_id": invoice.customer_id, "status": invoice.status}
    return Answer([row | {"line_count": len(invoice.lines)}])


def _invoices_page(model: BillingModel, params: Params) -> Answer:
    before = (params["before_issued_at"], params["before_id"])
    found = model.invoices_of(params["customer_id"])[::-1]
    page = [invoice for invoice in found if (invoice.issued_at, invoice.id) < before][: params["page_size"]]
    return Answer([_row(invoice) | {"status": invoice.status} for invoice in page])


def _invoices_with_status(model: BillingModel, params: Params) -> Answer:
    after = (params["after_issued_at"], params["after_id"])
    found = [invoice for invoice in model.invoices.values() if invoice.status == params["status"]]
    later = [invoice for invoice in found if (invoice.issued_at, invoice.id) > after]
    later.sort(key=lambda invoice: (invoice.issued_at, invoice.id))
    page = later[: params["page_size"]]
    return Answer([_row(invoice) | {"customer_id": invoice.customer_id} for invoice in page])


def _set_status(model: BillingModel, params: Params) -> Answer:
    invoice = model.invoices.get(params["invoice_id"])
    if invoice is None:
        return Answer()
    if params["status"] not in STATUSES:
        return Answer(refused_with=UNKNOWN_STATUS)

    def apply(changed: BillingModel, _: int) -> None:
        changed.invoices[invoice.id].text = params["status"]

    return Answer([{"id": invoice.id}], apply=apply)


def _balances(model: BillingModel, params: Params) -> Answer:
    invoices = model.invoices_of(params["customer_id"])
    rows: list[RowDict] = []
    for currency in sorted({invoice.currency for invoice in invoices}):
        here = [invoice for invoice in invoices if invoice.currency == currency]
        open_minor = sum(invoice.total for invoice in here if invoice.status == "open")
        rows.append({"currency": currency, "invoice_count": len(here), "open_minor": open_minor})
    return Answer(rows)


def _customer_by_email(model: BillingModel, params: Params) -> Answer:
    customer = model.holder(params["email"])
    if customer is None:
        return Answer()
    return Answer([{"id": customer.id, "email": customer.email, "full_name": customer.full_name}])


def _email_conflicts(model: BillingModel, params: Params) -> Answer:
    found = [customer for customer in model.conflicts() if customer.id > params["after_id"]]
    return Answer([{"id": customer.id, "email": customer.email} for customer in found[: params["page_size"]]])


def _remove_invoice(model: BillingModel, params: Params) -> Answer:
    invoice_id: int = params["invoice_id"]
    if invoice_id not in model.invoices:
        return Answer()

    def apply(changed: BillingModel, _: int) -> None:
        changed.drop_invoice(invoice_id)

    return Answer([{"id": invoice_id}], apply=apply)


def line_rows(lines: list[Line]) -> list[RowDict]:
    """The rows of `invoice_lines`."""
    return [
        {
            "position": position,
            "description": line.description,
            "quantity": line.quantity,
            "unit_minor": line.unit_minor,
            "amount_minor": line.amount_minor,
        }
        for position, line in enumerate(lines, start=1)
    ]


def _row(invoice: Invoice) -> RowDict:
    return {
        "id": invoice.id,
        "number": invoice.number,
        "currency": invoice.currency,
        "total_minor": invoice.total,
        "issued_at": invoice.issued_at,
    }


NEW_ANSWERS: dict[str, AnswerMaker] = {
    "open_invoice": _open_invoice,
    "add_line": _add_line,
    "invoice_lines": _invoice_lines,
    "invoice_details": _invoice_details,
    "invoices_page": _invoices_page,
    "invoices_with_status": _invoices_with_status,
    "set_status": _set_status,
    "balances": _balances,
    "customer_by_email": _customer_by_email,
    "email_conflicts": _email_conflicts,
    "remove_invoice": _remove_invoice,
}
"""By the name of the query."""
