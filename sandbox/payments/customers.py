"""Customers: one for each of the tenants that pay."""

from sandbox.payments import events, looking_up, parameters
from sandbox.payments.books import Record
from sandbox.payments.call import Call

FIELDS = ["description", "email", "name", "phone"]


def create(call: Call) -> Record:
    customer = call.books.create(
        "cus",
        "customer",
        at=call.at,
        metadata=parameters.merged_metadata({}, call.given),
        **{field: call.given.get(field) for field in FIELDS},
    )
    events.emit(call.books, "customer.created", customer, at=call.at)
    return customer


def update(call: Call, customer_id: str) -> Record:
    customer = looking_up.get(call.books, "customer", customer_id)
    customer |= {field: call.given[field] or None for field in FIELDS if field in call.given}
    customer["metadata"] = parameters.merged_metadata(customer["metadata"], call.given)
    call.books.save(customer)
    events.emit(call.books, "customer.updated", customer, at=call.at)
    return customer
