"""URLs of a tenant's billing."""

from django.urls import path

from billing import views

app_name = "billing"
urlpatterns = [
    path("", views.overview, name="overview"),
    path("cards/", views.add_card, name="add-card"),
    path("cards/added/", views.card_added, name="card-added"),
    path("cards/<uuid:reference>/default/", views.make_default, name="make-default"),
    path("cards/<uuid:reference>/remove/", views.remove_card, name="remove-card"),
    path("tax/", views.tax_details, name="tax-details"),
    path("statement.csv", views.export, name="export"),
    path("top-up/", views.top_up, name="top-up"),
    path("top-up/pay/", views.place_top_up, name="place-top-up"),
    path("top-up/<uuid:reference>/", views.top_up_progress, name="top-up-progress"),
    path("top-up/<uuid:reference>/payment/", views.top_up_payment, name="top-up-payment"),
    path("top-up/<uuid:reference>/confirm/", views.confirm_top_up, name="confirm-top-up"),
]
