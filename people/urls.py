from django.urls import path

from people import views

app_name = "people"
urlpatterns = [
    path("", views.members, name="members"),
    path("invite/", views.invite, name="invite"),
    path("<uuid:reference>/role/", views.change_role, name="change-role"),
    path("<uuid:reference>/deactivate/", views.deactivate, name="deactivate"),
    path("<uuid:reference>/second-factor/reset/", views.reset_second_factor, name="reset-factor"),
]
