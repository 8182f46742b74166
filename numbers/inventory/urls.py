from django.urls import path

from inventory import views

app_name = "inventory"
urlpatterns = [
    path("", views.numbers, name="numbers"),
    path("export/", views.export, name="export"),
    path("<uuid:reference>/", views.number, name="number"),
    path("<uuid:reference>/billing/", views.number_billing, name="number-billing"),
]
