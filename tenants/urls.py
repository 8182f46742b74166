from django.urls import path

from tenants import views

app_name = "sign-up"
urlpatterns = [
    path("", views.sign_up, name="sign-up"),
    path("site/", views.site, name="site"),
    path("confirm/<str:token>/", views.confirm, name="confirm"),
    path("<uuid:reference>/", views.progress, name="progress"),
]
