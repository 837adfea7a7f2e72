"""The orders of a shop, and how one looks in the chat. Put what your app is about in its place."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Order:
    """An order, as the shop knows it."""

    number: str
    customer: str
    goods: str
    status: str

    @property
    def summary(self) -> str:
        """The order in a sentence."""
        return f"Order {self.number} ({self.goods}) is {self.status}."


async def find(number: str, customer: str) -> Order | None:
    """The order of this customer with this number. Ask your database here, and only for what is
    the customer's own: the number comes from a model.
    """
    orders = [
        Order("A-1042", customer, "two cups", "on its way"),
        Order("A-1043", customer, "a teapot", "being packed"),
    ]
    mine = (order for order in orders if order.customer == customer)
    return next((order for order in mine if order.number == number.upper()), None)


def card(order: Order) -> dict[str, object]:
    """The order as a widget."""
    return {
        "type": "Card",
        "size": "sm",
        "children": [
            {
                "type": "Row",
                "children": [
                    {"type": "Title", "value": f"Order {order.number}", "size": "sm"},
                    {"type": "Spacer"},
                    {"type": "Badge", "label": order.status, "color": "info"},
                ],
            },
            {"type": "Text", "value": order.goods.capitalize()},
        ],
    }
