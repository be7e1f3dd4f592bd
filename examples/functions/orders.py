"""The functions of the order saga. All are deterministic: what they answer depends on their event alone, so that a call
that is sent again after a crash gives the same answer."""

from decimal import Decimal
from typing import Any

_SOLD_OUT = {"SKU-SOLD-OUT"}
_PRICES = {"SKU-MUG": Decimal("12.50"), "SKU-TEE": Decimal("25.00"), "SKU-PEN": Decimal("1.75")}
_COUNTRIES_SERVED = {"DE", "FR", "GB", "JP", "US"}


class OutOfStock(Exception):
    """The class's name is the error name that Catch sees."""


class PaymentGatewayBusy(Exception):
    pass


class CardDeclined(Exception):
    pass


class AddressNotServed(Exception):
    pass


def reserve_stock(event: dict[str, Any], context: Any) -> dict[str, Any]:
    for line in event["lines"]:
        if line["sku"] in _SOLD_OUT:
            raise OutOfStock(f"{line['sku']} is sold out")
    return {"reservationId": f"reservation-{event['orderId']}"}


def release_stock(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return {"released": event["reservationId"]}


def charge_card(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Cards: `busy-N` finds the gateway busy N times before it works, `declined` never works."""
    card = event["card"]
    if card == "declined":
        raise CardDeclined("The bank declined the card")
    if card.startswith("busy-") and event["attempt"] < int(card.removeprefix("busy-")):
        raise PaymentGatewayBusy(f"Try again (this was attempt {event['attempt'] + 1})")
    amount = sum((_PRICES.get(line["sku"], Decimal(10)) * line["quantity"] for line in event["lines"]), Decimal(0))
    return {"chargeId": f"charge-{event['orderId']}", "amount": float(amount)}


def refund_card(event: dict[str, Any], context: Any) -> dict[str, Any]:
    return {"refundId": f"refund-of-{event['chargeId']}"}


def ship_order(event: dict[str, Any], context: Any) -> dict[str, Any]:
    country = event["address"]["country"]
    if country not in _COUNTRIES_SERVED:
        raise AddressNotServed(f"We do not ship to {country}")
    return {"trackingNumber": f"{country}-{event['orderId']}"}
