"""The load of the scenario `order_history` on a service of your own: `archeval load --scenario order_history --host …`.

The grader does not use this class: it draws a list of requests and sends it with `RequestListUser`. The mix is the same.
"""

# Locust and gevent are typed in part only.
# pyright: reportUnknownMemberType=false, reportUnknownArgumentType=false, reportUnknownVariableType=false
# pyright: reportUnknownParameterType=false, reportMissingTypeArgument=false

from typing import Any
from urllib.parse import quote

from locust import task

from loadtests.users.json_user import JsonUser


class OrderHistoryUser(JsonUser):
    """Somebody who looks at orders, and now and then places one.

    `parameters` say what the service stores: ids of customers (of whom the first `companies` have many orders), of
    orders and of products begin at 1.
    """

    default_parameters = {"customers": 4000, "companies": 40, "orders": 150_000, "products": 2000}

    @task(50)
    def first_page(self) -> None:
        """The newest orders of a customer."""
        self.client.get(f"/v1/customers/{self._customer()}/orders", name="orders_page")

    @task(12)
    def deep_page(self) -> None:
        """A page further back: the second one, since cursors are the service's own."""
        path = f"/v1/customers/{self.drawn('companies')}/orders?limit=20"
        cursor = self.ask("GET", path, "orders_page").get("next_cursor")
        if cursor:
            self.client.get(f"{path}&cursor={quote(str(cursor))}", name="orders_page_deep")

    @task(22)
    def details(self) -> None:
        """One order."""
        self.client.get(f"/v1/orders/{self.drawn('orders')}", name="order")

    @task(8)
    def summary(self) -> None:
        """A customer's summary."""
        self.client.get(f"/v1/customers/{self._customer()}/summary", name="summary")

    @task(4)
    def place_order(self) -> None:
        """A new order of two lines."""
        self._place()

    @task(4)
    def add_line(self) -> None:
        """A new order that gets one more line: any other one may be closed."""
        order = self._place().get("id")
        if order is not None:
            body = {"product_id": self.drawn("products"), "quantity": 1}
            self.client.post(f"/v1/orders/{order}/lines", name="add_line", json=body)

    def _place(self) -> dict[str, Any]:
        lines = [{"product_id": self.drawn("products"), "quantity": quantity} for quantity in (1, 2)]
        return self.ask("POST", f"/v1/customers/{self._customer()}/orders", "place_order", {"lines": lines})

    def _customer(self) -> int:
        return self.rng.choice([self.drawn("companies"), self.drawn("customers")])
