"""A link opens what it was made for, for a while, and nothing else."""

import base64
import json
import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr
from turnstream.contracts.owner import DEFAULT_TENANT, Owner
from turnstream.errors import LinkRefused
from turnstream.files.links import Links

HOUR = timedelta(hours=1)
LINKS = Links(SecretStr("k" * 32), HOUR)
KEY = f"atc_{'0' * 32}.png"
BASE = "https://chat.example"
ANN = Owner(DEFAULT_TENANT, "ann")
BOB = Owner(DEFAULT_TENANT, "bob")
OTHER_ANN = Owner("acme", "ann")
OLD_SIGNATURE = "wlrghsSdL7ao4cOyzdplAnEMWi0gLhMGC9dw53O0ZCg"
"""Of a reference to the file, as it was made for ann before there were tenants."""


def parts(link: str) -> tuple[int, str, str]:
    """The end of a link, its proof, and the id of its key."""
    query = parse_qs(urlsplit(link).query)
    [proof] = query.get("sig") or query["owner"]
    return int(query["exp"][0]), proof, query["kid"][0]


def older_upload(links: Links, owner: Owner, expires: int) -> str:
    """The signature of a link to upload that names its owner, as earlier versions made it."""
    named = (owner.user,) if owner.tenant == DEFAULT_TENANT else owner
    return links._sign("upload", KEY, *named, expires)


def test_a_link_opens_its_file() -> None:
    link = LINKS.link(BASE, KEY)
    assert link.startswith(f"{BASE}/files/{KEY}?")
    LINKS.check(KEY, *parts(link))


def test_a_link_is_the_same_for_a_while_so_that_browsers_may_keep_the_image() -> None:
    links = Links(SecretStr("k" * 32), timedelta(days=20_000))
    assert links.link(BASE, KEY) == links.link(BASE, KEY)


def test_a_link_runs_out() -> None:
    past = Links(SecretStr("k" * 32), -HOUR)
    with pytest.raises(LinkRefused, match="run out"):
        LINKS.check(KEY, *parts(past.link(BASE, KEY)))
    with pytest.raises(LinkRefused, match="run out"):
        LINKS.owner_of_upload("atc_1", *parts(past.upload_link(BASE, "atc_1", ANN)))
    with pytest.raises(LinkRefused, match="run out"):
        LINKS.check_upload(KEY, ANN, 1, older_upload(LINKS, ANN, 1))


@settings(deadline=None)  # a busy machine may pause anywhere
@given(st.text(), st.integers(), st.text())
def test_nothing_made_up_opens_anything(key: str, expires: int, signature: str) -> None:
    with pytest.raises(LinkRefused):
        LINKS.check(key, expires, signature)
    with pytest.raises(LinkRefused):
        LINKS.owner_of_upload(key, expires, signature)


@settings(deadline=None)  # a busy machine may pause anywhere
@given(st.integers(min_value=1, max_value=10**9))
def test_a_link_can_not_be_made_to_last_longer(longer: int) -> None:
    expires, *proof = parts(LINKS.link(BASE, KEY))
    with pytest.raises(LinkRefused, match="not made here"):
        LINKS.check(KEY, expires + longer, *proof)
    expires, *proof = parts(LINKS.upload_link(BASE, KEY, ANN))
    with pytest.raises(LinkRefused, match="not made here"):
        LINKS.owner_of_upload(KEY, expires + longer, *proof)


def test_a_link_for_one_purpose_is_none_for_another() -> None:
    """Neither another key's, nor another file's, nor an upload's, nor a reference."""
    expires, signature, key_id = parts(LINKS.link(BASE, KEY))
    other = Links(SecretStr("o" * 32), HOUR)
    upload = LINKS.upload_link(BASE, KEY, ANN)
    reference = LINKS.reference(ANN, KEY).rpartition("=")[2]
    for links, key, what in (
        (other, KEY, (expires, signature)),
        (other, KEY, (expires, signature, key_id)),
        (LINKS, KEY.replace("0", "1"), (expires, signature)),
        (LINKS, KEY, parts(upload)),
        (LINKS, KEY, (expires, reference)),
    ):
        with pytest.raises(LinkRefused):
            links.check(key, *what)
    for links, attachment, sent in (
        (other, KEY, parts(upload)[:2]),
        (LINKS, KEY.replace("0", "1"), parts(upload)),
        (LINKS, KEY, (expires, signature)),
    ):
        with pytest.raises(LinkRefused):
            links.owner_of_upload(attachment, *sent)


def test_references_become_links_for_their_owner() -> None:
    document = json.dumps({"preview_url": LINKS.reference(ANN, KEY), "text": "x"}).encode()

    renewed = json.loads(LINKS.renew(document, ANN, BASE))

    LINKS.check(KEY, *parts(renewed["preview_url"]))
    assert renewed["text"] == "x"


def test_a_reference_is_nothing_in_anybody_else_s_documents() -> None:
    """Somebody who knows a key, or was shown a reference, still gets no link."""
    forged = f"turnstream://files/{KEY}?ref={'A' * 43}"
    for reference in (LINKS.reference(ANN, KEY), forged, f"turnstream://files/{KEY}"):
        document = json.dumps({"text": reference}).encode()
        for other in (BOB, OTHER_ANN):
            assert LINKS.renew(document, other, BASE) == document


def test_a_reference_that_is_older_than_tenants_is_the_default_tenants() -> None:
    """Its signature names a user alone: it stays good, and for nobody else."""
    reference = f"turnstream://files/{KEY}?ref={OLD_SIGNATURE}"
    document = json.dumps({"text": reference}).encode()
    assert LINKS.reference(ANN, KEY) == reference
    assert LINKS.renew(document, ANN, BASE) != document
    assert LINKS.renew(document, OTHER_ANN, BASE) == document


@pytest.mark.parametrize("owner", [ANN, OTHER_ANN, Owner("acme", "陳 @&=?" * 30)])
def test_the_link_of_an_upload_knows_its_owner_and_shows_nobody(owner: Owner) -> None:
    """Anyone who sends the bytes need not say it, and no log of a proxy has it."""
    link = LINKS.upload_link(BASE, KEY, owner)
    assert LINKS.owner_of_upload(KEY, *parts(link)) == owner
    assert parse_qs(urlsplit(link).query).keys() == {"exp", "kid", "owner"}
    sealed = base64.urlsafe_b64decode(parts(link)[1] + "==")
    assert owner.user.encode() not in sealed
    assert LINKS.upload_link(BASE, KEY, owner) != link


def test_a_link_to_upload_of_an_earlier_version_is_good_while_it_lasts() -> None:
    """It names its owner beside the signature, and is nobody else's."""
    later = int(time.time()) + 60
    for owner in (ANN, OTHER_ANN):
        signature = older_upload(LINKS, owner, later)
        LINKS.check_upload(KEY, owner, later, signature)
        with pytest.raises(LinkRefused):
            LINKS.check_upload(KEY, BOB, later, signature)


def test_a_link_is_tried_with_the_key_that_it_names_alone() -> None:
    """One that names no key of the ring is refused at once; one that names none, as earlier
    versions made them, is tried with all.
    """
    both = Links(SecretStr(f"{'n' * 32},{'k' * 32}"), HOUR)
    expires, signature, key_id = parts(LINKS.link(BASE, KEY))
    both.check(KEY, expires, signature, key_id)
    both.check(KEY, expires, signature)
    for wrong in (parts(both.link(BASE, KEY))[2], "", "unknown"):
        with pytest.raises(LinkRefused):
            both.check(KEY, expires, signature, wrong)
    upload = parts(LINKS.upload_link(BASE, KEY, ANN))
    assert both.owner_of_upload(KEY, *upload) == both.owner_of_upload(KEY, *upload[:2]) == ANN
    with pytest.raises(LinkRefused):
        both.owner_of_upload(KEY, *upload[:2], "unknown")


@settings(deadline=None)  # a busy machine may pause anywhere
@given(st.binary())
def test_what_holds_no_reference_is_passed_on_as_it_is(document: bytes) -> None:
    assert LINKS.renew(document, ANN, BASE) == document


def test_a_key_is_changed_and_what_the_old_one_signed_stays() -> None:
    """The first of a ring signs; references that are stored, and open links, are of any."""
    old, both = LINKS, Links(SecretStr(f"{'n' * 32},{'k' * 32}"), HOUR)
    new = Links(SecretStr("n" * 32), HOUR)
    owner = Owner(DEFAULT_TENANT, "ann")
    stored = old.reference(owner, "a.png").encode()
    assert both.renew(stored, owner, BASE).startswith(f"{BASE}/files/a.png".encode())
    assert new.renew(stored, owner, BASE) == stored
    made = both.reference(owner, "a.png").encode()
    assert new.renew(made, owner, BASE) != made
    assert old.renew(made, owner, BASE) == made
