from django.urls import path

from desk import carriers, operations, orders, staff, stock, tenants, work

app_name = "desk"
urlpatterns = [
    path("carriers/", carriers.carriers, name="carriers"),
    path("carriers/<uuid:reference>/", carriers.carrier, name="carrier"),
    path("carriers/<uuid:reference>/buying/", carriers.switch_buying, name="switch-buying"),
    path("carriers/<uuid:reference>/key/", carriers.replace_key, name="replace-key"),
    path("carriers/<uuid:reference>/sync/", carriers.ask_sync, name="ask-sync"),
    path("carriers/<uuid:reference>/check/", carriers.check_account, name="check-account"),
    path("operations/", operations.operations, name="operations"),
    path("operations/export/", operations.export_operations, name="export-operations"),
    path("staff/", staff.staff, name="staff"),
    path("staff/invite/", staff.invite_staff, name="invite-staff"),
    path("staff/<uuid:reference>/role/", staff.change_staff_role, name="change-staff-role"),
    path("staff/<uuid:reference>/deactivate/", staff.deactivate_staff, name="deactivate-staff"),
    path(
        "staff/<uuid:reference>/second-factor/reset/",
        staff.reset_staff_factor,
        name="reset-staff-factor",
    ),
    path("stock/", stock.stock, name="stock"),
    path("stock/export/", stock.export_stock, name="export-stock"),
    path("stock/<str:digits>/", stock.stock_number, name="stock-number"),
    path("tenants/", tenants.tenants, name="tenants"),
    path("tenants/add/", tenants.add_tenant, name="add-tenant"),
    path("tenants/export/", tenants.export_tenants, name="export-tenants"),
    path("tenants/<uuid:reference>/", tenants.tenant, name="tenant"),
    path("tenants/<uuid:reference>/orders/", orders.tenant_orders, name="tenant-orders"),
    path(
        "tenants/<uuid:reference>/orders/export/",
        orders.export_tenant_orders,
        name="export-tenant-orders",
    ),
    path(
        "tenants/<uuid:reference>/orders/about/<uuid:subject>/",
        orders.find_order,
        name="find-order",
    ),
    path("tenants/<uuid:reference>/orders/<uuid:order>/", orders.tenant_order, name="tenant-order"),
    path("tenants/<uuid:reference>/suspend/", tenants.suspend_tenant, name="suspend-tenant"),
    path("tenants/<uuid:reference>/resume/", tenants.resume_tenant, name="resume-tenant"),
    path("tenants/<uuid:reference>/close/", tenants.close_tenant, name="close-tenant"),
    path(
        "tenants/<uuid:reference>/admins/<uuid:admin>/second-factor/reset/",
        tenants.reset_admin_factor,
        name="reset-admin-factor",
    ),
    path("work/", work.work, name="work"),
    path("work/mails/<uuid:reference>/send-again/", work.send_mail_again, name="send-mail-again"),
]
