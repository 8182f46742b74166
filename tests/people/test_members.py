"""Who belongs to a tenant, and who may change it."""

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import ProgrammingError, transaction

from notices.models import OutboxMail
from people import membership
from people.membership import AlreadyMember, LastAdmin, NotOurs
from people.models import Member, MemberAct
from tests.conftest import NOON


def invite(tenant, actor, **changes):
    person = {"email": "Nia@acme.example", "name": "Nia", "role": "member"} | changes
    return membership.invite(tenant, **person, actor=actor, at=NOON)


def test_an_invitation_mails_a_link_to_set_a_password(tenant, actor, stranger):
    member = invite(tenant, actor)

    mail = OutboxMail.objects.get()
    path = mail.text.partition(stranger.host)[2].split()[0]
    assert mail.to == "nia@acme.example"
    assert stranger.get(path, follow=True).status_code == 200
    assert MemberAct.objects.get().subject == member.reference


def test_whoever_has_a_place_is_not_invited_again(tenant, actor):
    invite(tenant, actor)

    with pytest.raises(AlreadyMember):
        invite(tenant, actor)


def test_somebody_who_left_comes_back_with_the_role_of_the_invitation(tenant, actor):
    left = invite(tenant, actor)
    membership.deactivate(left, actor=actor, at=NOON)

    back = invite(tenant, actor, role="admin")

    assert (back, back.role, back.deactivated_at) == (left, "admin", None)


def test_the_last_admin_stays_admin(tenant, actor):
    admin = invite(tenant, actor, role="admin")

    with pytest.raises(LastAdmin):
        membership.deactivate(admin, actor=actor, at=NOON)
    with pytest.raises(LastAdmin):
        membership.change_role(admin, "member", actor=actor, at=NOON)

    admin.refresh_from_db()
    assert (admin.role, admin.deactivated_at) == ("admin", None)


def test_one_of_two_admins_may_go(tenant, actor):
    invite(tenant, actor, email="other@acme.example", role="admin")
    admin = invite(tenant, actor, role="admin")

    membership.deactivate(admin, actor=actor, at=NOON)

    assert Member.objects.get(pk=admin.pk).deactivated_at == NOON


def test_a_members_lost_second_factor_is_reset_and_mailed(tenant, actor):
    member = invite(tenant, actor)
    TOTP.activate(member.user, generate_totp_secret())

    membership.reset_second_factor(tenant, member, actor=actor, at=NOON)

    assert not Authenticator.objects.exists()
    assert OutboxMail.objects.filter(subject__contains="second factor").count() == 1


def test_an_admins_second_factor_is_not_a_matter_of_other_admins(tenant, actor):
    admin = invite(tenant, actor, role="admin")

    with pytest.raises(NotOurs):
        membership.reset_second_factor(tenant, admin, actor=actor, at=NOON)


def test_what_was_done_to_people_is_never_changed(tenant, actor):
    invite(tenant, actor)

    with pytest.raises(ProgrammingError), transaction.atomic():
        MemberAct.objects.update(subject_name="Somebody else")
    with pytest.raises(ProgrammingError), transaction.atomic():
        MemberAct.objects.all().delete()


def test_an_admin_invites_by_the_page(admin):
    answer = admin.post(
        "/people/invite/", {"name": "Nia", "email": "nia@acme.example", "role": "member"}
    )

    assert answer.url == "/people/"
    assert Member.objects.filter(user__email="nia@acme.example", role="member").exists()
    assert MemberAct.objects.get().actor_kind == "member"


@pytest.mark.parametrize("changes", [{"role": "operator"}, {"email": "nobody"}, {"name": ""}])
def test_a_wrong_invitation_is_explained_and_nobody_added(admin, changes):
    person = {"name": "Nia", "email": "nia@acme.example", "role": "member"}

    answer = admin.post("/people/invite/", person | changes)

    assert answer.status_code == 422
    assert Member.objects.count() == 1


def test_the_last_admin_is_told_why_the_page_refuses(admin):
    me = Member.objects.get()

    answer = admin.post(f"/people/{me.reference}/deactivate/", follow=True)

    assert "Somebody has to be admin" in answer.content.decode()


def test_a_member_cannot_reach_the_page(member):
    assert member.get("/people/").status_code == 403


def test_another_tenants_admin_finds_nobody(other_admin, tenant, actor):
    person = invite(tenant, actor)

    answer = other_admin.post(f"/people/{person.reference}/deactivate/")

    assert answer.status_code == 404
    assert Member.objects.get(pk=person.pk).deactivated_at is None
