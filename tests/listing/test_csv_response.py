from django.db import connection
from django_tenants.utils import schema_context

from listing.exporting import csv_response
from purchase.models import CartLine
from tests.purchase.factories import fill_cart
from tests.stock.factories import make_number, make_price


def test_rows_are_read_in_the_schema_the_file_was_asked_for_in(tenant):
    make_price()
    fill_cart([make_number(digits="15015550100").digits])
    rows = CartLine.objects.values_list("digits")

    response = csv_response("cart", ["Number"], rows)
    with schema_context("public"):
        lines = response.getvalue().decode().splitlines()
        assert connection.schema_name == "public"

    assert lines == ["Number", "15015550100"]


def test_formulas_are_defused(tenant):
    response = csv_response("odd", ["Cell"], [["=1+1"], ["@x"], ["-1.50"], [None]])

    lines = response.getvalue().decode().splitlines()

    assert lines[1:] == ["'=1+1", "'@x", "-1.50", '""']
