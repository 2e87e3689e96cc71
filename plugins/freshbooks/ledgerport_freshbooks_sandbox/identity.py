"""`GET /auth/api/v1/users/me` (section 2): one person, a membership for each business, a role for each account."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from ledgerport_freshbooks_sandbox.state import IDENTITY, Company

_EMAIL, _FIRST, _LAST = "riley@blueheron.example", "Riley", "Fields"
_UUID = "1f6d2c58-90c1-4be4-8a60-2f7b7f3f0001"
_BORN = "2026-01-05T13:57:24Z"


def me(companies: Sequence[Company], ids: str) -> dict[str, Any]:
    """The answer, without a `result` layer. `ids` is the switch `account_id_in_membership`."""
    named = {"title": "", "phone_number": None}
    return {
        "response": {
            "id": IDENTITY,
            "identity_id": IDENTITY,
            "identity_uuid": _UUID,
            "profile": {
                "setup_complete": True,
                "first_name": _FIRST,
                "last_name": _LAST,
                "phone_number": None,
                "address": None,
                "professions": [],
                "has_password": True,
            },
            "first_name": _FIRST,
            "last_name": _LAST,
            "email": _EMAIL,
            "language": "en",
            "timezone": "America/New_York",
            "confirmed_at": _BORN,
            "created_at": _BORN,
            "unconfirmed_email": None,
            "setup_complete": True,
            "phone_numbers": [named],
            "addresses": [None],
            "profession": None,
            "links": {
                "me": f"/service/auth/api/v1/users?id={IDENTITY}",
                "roles": f"/service/auth/api/v1/users/role/{IDENTITY}",
            },
            "permissions": {company.id: {} for company in companies},
            "groups": [_group(company) for company in companies],
            "subscription_statuses": {company.id: company.plan for company in companies},
            "business_statuses": {company.business_uuid: company.plan for company in companies},
            "integrations": {},
            "business_memberships": [_membership(company, ids) for company in companies],
            "identity_origin": None,
            "roles": [_role(company) for company in companies],
        }
    }


def _membership(company: Company, ids: str) -> dict[str, Any]:
    clients = [] if ids != "null" else [_business_client(company)]
    return {
        "id": company.business_id + 1000,
        "role": company.membership,
        "unacknowledged_change": False,
        # A secret that must not reach a log; the real one is a JWT as well.
        "fasttrack_token": f"eyJhbGciOiJIUzI1NiJ9.{secrets.token_urlsafe(40)}.{secrets.token_urlsafe(32)}",
        "business": {
            "id": company.business_id,
            "business_uuid": company.business_uuid,
            "name": company.name,
            "account_id": company.id if ids == "given" else None,
            "date_format": "mm/dd/yyyy",
            "timezone": "America/Chicago",
            "status": company.plan,
            "active": company.plan == "active",
            "advanced_accounting_enabled": True,
            "address": {
                "id": company.business_id + 2000,
                "street": "123 Sandbox Street",
                "city": "Austin",
                "province": "Texas",
                "country": "United States",
                "postal_code": "78701",
            },
            "phone_number": {"id": company.business_id + 3000, "phone_number": "512-555-0100"},
            "business_clients": clients,
        },
    }


def _business_client(company: Company) -> dict[str, Any]:
    own = {"account_business_id": company.business_id, "account_id": company.id}
    return {
        "id": company.business_id + 4000,
        "business_id": company.business_id,
        "account_id": company.id,
        "userid": 1,
        "client_business": {"business_id": company.business_id},
        "account_business": own,
    }


def _group(company: Company) -> dict[str, Any]:
    return {
        "id": company.business_id + 5000,
        "group_id": company.business_id + 6000,
        "role": company.membership,
        "identity_id": IDENTITY,
        "identity_uuid": _UUID,
        "business_id": company.business_id,
        "active": company.plan == "active",
    }


def _role(company: Company) -> dict[str, Any]:
    id = company.business_id + 7000
    return {
        "id": id,
        "role": company.role,
        "systemid": company.business_id + 8000,
        "userid": 1,
        "created_at": _BORN,
        "links": {"destroy": f"/service/auth/api/v1/users/role/{id}"},
        "accountid": company.id,
    }
