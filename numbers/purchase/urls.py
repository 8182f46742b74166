from django.urls import path

from purchase.views import carts, checkouts, coverage, orders, picks, searches

app_name = "purchase"
urlpatterns = [
    path("buy/", searches.search, name="search"),
    path("buy/toll-free/", searches.toll_free, name="toll-free"),
    path("buy/block/", searches.add_block, name="add-block"),
    path("buy/cities/", searches.cities, name="cities"),
    path("buy/rate-centers/", searches.rate_centers, name="rate-centers"),
    path("buy/coverage/", coverage.coverage, name="coverage"),
    path("buy/coverage/export/", coverage.export_coverage, name="export-coverage"),
    path("buy/coverage/pick/", picks.pick, name="pick"),
    path("cart/", carts.cart, name="cart"),
    path("cart/add/", carts.add_to_cart, name="add-to-cart"),
    path("cart/change/", carts.change_line, name="change-line"),
    path("cart/change-all/", carts.change_all, name="change-all"),
    path("cart/extend/", carts.extend_holds, name="extend-holds"),
    path("cart/remove/", carts.remove_from_cart, name="remove-from-cart"),
    path("cart/picks/change/", picks.change_pick, name="change-pick"),
    path("cart/picks/remove/", picks.remove_pick, name="remove-pick"),
    path("cart/replace/", carts.replace_line, name="replace-line"),
    path("checkout/", checkouts.checkout, name="checkout"),
    path("checkout/order/", checkouts.place_order, name="place-order"),
    path("checkout/card/", checkouts.add_card, name="add-card"),
    path("orders/", orders.orders, name="orders"),
    path("orders/export/", orders.export_orders, name="export-orders"),
    path("orders/<uuid:reference>/", orders.order, name="order"),
    path("orders/<uuid:reference>/buy-again/", orders.buy_again, name="buy-again"),
    path("orders/<uuid:reference>/progress/", orders.order_progress, name="order-progress"),
    path("orders/<uuid:reference>/receipt/", orders.receipt, name="receipt"),
    path("orders/<uuid:reference>/payment/", orders.payment, name="payment"),
    path("orders/<uuid:reference>/confirm/", orders.confirm_payment, name="confirm-payment"),
]
