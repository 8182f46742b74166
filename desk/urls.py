from django.urls import path

from desk import carriers, stock, work

app_name = "desk"
urlpatterns = [
    path("carriers/", carriers.carriers, name="carriers"),
    path("carriers/<uuid:reference>/", carriers.carrier, name="carrier"),
    path("carriers/<uuid:reference>/buying/", carriers.switch_buying, name="switch-buying"),
    path("carriers/<uuid:reference>/key/", carriers.replace_key, name="replace-key"),
    path("carriers/<uuid:reference>/sync/", carriers.ask_sync, name="ask-sync"),
    path("carriers/<uuid:reference>/check/", carriers.check_account, name="check-account"),
    path("stock/", stock.stock, name="stock"),
    path("stock/export/", stock.export_stock, name="export-stock"),
    path("stock/<str:digits>/", stock.stock_number, name="stock-number"),
    path("work/", work.work, name="work"),
    path("work/mails/<uuid:reference>/send-again/", work.send_mail_again, name="send-mail-again"),
]
