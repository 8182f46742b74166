from django_tenants.utils import tenant_context

from tests.browser.conftest import axe_findings, sign_in
from tests.conftest import find_tenant
from tests.purchase.factories import fill_wallet


def test_shots(page, complaints, request):
    dark = "dark" in request.node.name
    t = "d" if dark else "s"
    with tenant_context(find_tenant("acme")):
        fill_wallet()
    pg = page
    pg.set_viewport_size({"width": 1280, "height": 900})
    sign_in(pg)
    F = []
    pg.goto("/buy/")
    pg.screenshot(path=f"/tmp/{t}1.png", full_page=True)
    F += axe_findings(pg)
    pg.get_by_label("State").select_option("AR")
    pg.wait_for_timeout(1200)
    pg.get_by_label("City").type("li")
    pg.wait_for_timeout(900)
    pg.screenshot(path=f"/tmp/{t}2.png")
    F += axe_findings(pg)
    pg.goto("/buy/?country=US&region=AR&npa=212&city=Litle+Rok")
    pg.screenshot(path=f"/tmp/{t}3.png")
    F += axe_findings(pg)
    pg.goto("/buy/?country=US&region=AR&npa=501")
    rows = pg.locator("#offers tbody tr")
    for i in (0, 1, 2):
        rows.nth(i).get_by_role("checkbox").check()
    pg.screenshot(path=f"/tmp/{t}4.png")
    pg.get_by_role("button", name="Add selected to cart").click()
    pg.wait_for_url("**/cart/")
    pg.screenshot(path=f"/tmp/{t}5.png")
    F += axe_findings(pg)
    pg.goto("/checkout/")
    pg.screenshot(path=f"/tmp/{t}6.png")
    F += axe_findings(pg)
    pg.set_viewport_size({"width": 320, "height": 800})
    for n, u in [
        ("p4", "/buy/?country=US&region=AR&npa=501"),
        ("p5", "/cart/"),
        ("p6", "/checkout/"),
    ]:
        pg.goto(u)
        pg.screenshot(path=f"/tmp/{t}{n}.png", full_page=n != "p4")
        print(u, pg.evaluate("document.documentElement.scrollWidth"))
    pg.set_viewport_size({"width": 1280, "height": 900})
    pg.goto("/checkout/")
    pg.get_by_label("Balance").check()
    pg.get_by_role("button", name="Pay $").click()
    pg.wait_for_url("**/orders/*/")
    pg.screenshot(path=f"/tmp/{t}7.png")
    F += axe_findings(pg)
    pg.wait_for_timeout(9000)
    pg.screenshot(path=f"/tmp/{t}8.png")
    F += axe_findings(pg)
    pg.set_viewport_size({"width": 320, "height": 800})
    pg.screenshot(path=f"/tmp/{t}p8.png", full_page=True)
    print(pg.evaluate("document.documentElement.scrollWidth"))
    pg.set_viewport_size({"width": 1280, "height": 900})
    pg.goto("/orders/")
    pg.screenshot(path=f"/tmp/{t}9.png")
    F += axe_findings(pg)
    pg.set_viewport_size({"width": 320, "height": 800})
    pg.goto("/orders/")
    pg.screenshot(path=f"/tmp/{t}p9.png", full_page=True)
    print(F, complaints)
