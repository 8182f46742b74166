"""URLs of a tenant's billing."""

from django.urls import path

from billing.views import balances, cards, top_ups

app_name = "billing"
urlpatterns = [
    path("", balances.overview, name="overview"),
    path("cards/", cards.add_card, name="add-card"),
    path("cards/added/", cards.card_added, name="card-added"),
    path("cards/<uuid:reference>/default/", cards.make_default, name="make-default"),
    path("cards/<uuid:reference>/remove/", cards.remove_card, name="remove-card"),
    path("tax/", balances.tax_details, name="tax-details"),
    path("statement.csv", balances.export, name="export"),
    path("top-up/", top_ups.top_up, name="top-up"),
    path("top-up/pay/", top_ups.place_top_up, name="place-top-up"),
    path("top-up/<uuid:reference>/", top_ups.top_up_progress, name="top-up-progress"),
    path("top-up/<uuid:reference>/payment/", top_ups.top_up_payment, name="top-up-payment"),
    path("top-up/<uuid:reference>/confirm/", top_ups.confirm_top_up, name="confirm-top-up"),
]
