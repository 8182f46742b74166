"""Who works for the platform, and the first of them."""

from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, transaction

from lifecycle.actors import SYSTEM
from notices.models import OutboxMail
from tenants import staffing
from tenants.models import Staff, StaffAct
from tenants.staffing import AlreadyStaff, LastOperator
from tests.conftest import NOON, SiteClient

pytestmark = pytest.mark.django_db
INVITATION = {"email": "Nia@numberyard.example", "name": "Nia", "role": "support"}


def invite(**changes):
    return staffing.invite(**INVITATION | changes, actor=SYSTEM, at=NOON)


def add_operator(email):
    printed = StringIO()
    call_command("add_operator", email, stdout=printed)
    return printed.getvalue().strip()


def test_the_first_operator_gets_a_link_and_no_password(settings):
    link = add_operator("first@numberyard.example")

    operator = Staff.objects.select_related("user").get()
    page = SiteClient(settings.PLATFORM_HOST).get(link, follow=True)
    assert (operator.role, operator.user.has_usable_password()) == ("operator", False)
    assert link.startswith("http://numberyard.localhost")
    assert "Set your password" in page.content.decode()


def test_an_operator_who_lost_the_link_gets_another():
    add_operator("first@numberyard.example")

    assert add_operator("first@numberyard.example")
    assert Staff.objects.count() == StaffAct.objects.count() == 1


@pytest.mark.parametrize("email", ["nobody", "nia@numberyard.example"])
def test_no_operator_is_made_of_a_wrong_address_or_of_support(email):
    invite()

    with pytest.raises(CommandError):
        add_operator(email)


def test_an_invitation_is_mailed_and_recorded():
    staff = invite()

    assert OutboxMail.objects.get().to == "nia@numberyard.example"
    assert StaffAct.objects.get().subject == staff.reference
    with pytest.raises(AlreadyStaff):
        invite()


def test_the_last_operator_stays():
    operator = invite(role="operator")

    with pytest.raises(LastOperator):
        staffing.deactivate(operator, actor=SYSTEM, at=NOON)
    with pytest.raises(LastOperator):
        staffing.change_role(operator, "support", actor=SYSTEM, at=NOON)


def test_what_staff_did_is_never_changed():
    invite()

    with pytest.raises(ProgrammingError), transaction.atomic():
        StaffAct.objects.update(reason="another one")
    with pytest.raises(ProgrammingError), transaction.atomic():
        StaffAct.objects.all().delete()


def test_an_operator_invites_by_the_page(operator):
    answer = operator.post("/staff/invite/", INVITATION)

    assert answer.url == "/staff/"
    assert Staff.objects.filter(user__email="nia@numberyard.example", role="support").exists()


def test_deactivation_ends_the_session_at_once(operator, support):
    sam = Staff.objects.get(role="support")
    before = support.get("/account/logout/").status_code

    operator.post(f"/staff/{sam.reference}/deactivate/")

    assert before == 200
    assert support.get("/account/logout/").status_code == 302


def test_a_reset_second_factor_is_mailed_and_set_up_anew_first(operator, support):
    sam = Staff.objects.get(role="support")

    operator.post(f"/staff/{sam.reference}/second-factor/reset/")

    assert not Authenticator.objects.filter(user=sam.user).exists()
    assert OutboxMail.objects.get().to == sam.user.email
    assert support.get("/").url == "/account/second-factor/app/"


def test_support_cannot_reach_the_page(support):
    assert support.get("/staff/").status_code == 403
    assert support.post("/staff/invite/", INVITATION).status_code == 403


def test_the_page_of_staff_shows_everybody(operator):
    invite()

    assert "nia@numberyard.example" in operator.get("/staff/").content.decode()


def test_a_page_of_many_people_costs_the_same(operator, django_assert_max_num_queries):
    for number in range(10):
        invite(email=f"nia{number}@numberyard.example")

    with django_assert_max_num_queries(16):
        page = operator.get("/staff/").text

    assert "nia9@numberyard.example" in page


def test_the_last_operator_is_told_why_the_page_refuses(operator):
    me = Staff.objects.get()

    answer = operator.post(f"/staff/{me.reference}/deactivate/", follow=True)

    assert "Somebody has to be operator" in answer.content.decode()
