"""python-keycloak, unchanged, takes a server from nothing to a permitted and a refused exchange, and cleans up.

Reads BASE_URL, ADMIN_USERNAME, ADMIN_PASSWORD, REALM (which it creates and deletes), REFUSED_STATUS and REFUSED_ERROR.
"""

import json
import os

from keycloak import KeycloakAdmin, KeycloakOpenID
from keycloak.exceptions import KeycloakGetError, KeycloakPostError

BASE_URL = os.environ["BASE_URL"]
REALM = os.environ["REALM"]

admin = KeycloakAdmin(
    server_url=BASE_URL,
    username=os.environ["ADMIN_USERNAME"],
    password=os.environ["ADMIN_PASSWORD"],
    realm_name="master",
)


def service(client_id: str) -> str:
    return admin.create_client(
        {
            "clientId": client_id,
            "secret": f"{client_id}-secret",
            "serviceAccountsEnabled": True,
            "fullScopeAllowed": False,
        }
    )


def openid(client_id: str) -> KeycloakOpenID:
    return KeycloakOpenID(
        server_url=BASE_URL,
        realm_name=REALM,
        client_id=client_id,
        client_secret_key=None if client_id == "web" else f"{client_id}-secret",
    )


def permit(requester: str, target: str) -> None:
    """The guide's steps: enable permissions, create the client policy, attach it."""
    enabled = admin.update_client_management_permissions({"enabled": True}, target)
    permission_id = enabled["scopePermissions"]["token-exchange"]
    management = admin.get_client_id("realm-management")
    policy = admin.create_client_authz_client_policy(
        {
            "type": "client",
            "logic": "POSITIVE",
            "decisionStrategy": "UNANIMOUS",
            "name": "service-a may exchange",
            "clients": [requester],
        },
        management,
    )
    permission = admin.get_client_authz_scope_permission(management, permission_id)
    admin.update_client_authz_scope_permission(
        {
            **permission,
            "resources": [enabled["resource"]],
            "policies": [policy["id"]],
        },
        management,
        permission_id,
    )
    attached = admin.get_client_authz_permission_associated_policies(management, permission_id)
    assert [one["id"] for one in attached] == [policy["id"]], attached


def refusal_of(client_id: str, subject: str) -> str:
    try:
        openid(client_id).exchange_token(subject, audience="service-b")
    except KeycloakPostError as refused:
        assert str(refused.response_code) == os.environ["REFUSED_STATUS"], refused
        return json.loads(refused.response_body)["error"]
    raise AssertionError(f"{client_id} was allowed to exchange")


admin.create_realm({"realm": REALM, "enabled": True})
try:
    admin.change_current_realm(REALM)
    web = admin.create_client({"clientId": "web", "publicClient": True, "directAccessGrantsEnabled": True})
    service_a, service_b = service("service-a"), service("service-b")
    service("stranger")
    for audience in ("service-a", "stranger"):
        admin.add_mapper_to_client(
            web,
            {
                "name": f"audience {audience}",
                "protocol": "openid-connect",
                "protocolMapper": "oidc-audience-mapper",
                "config": {"included.client.audience": audience, "access.token.claim": "true"},
            },
        )
    admin.create_client_role(service_b, {"name": "reader"})
    alice = admin.create_user(
        {
            "username": "alice",
            "enabled": True,
            "email": "alice@example.com",
            "emailVerified": True,
            "firstName": "Alice",
            "lastName": "Example",
            "credentials": [{"type": "password", "value": "alice-password", "temporary": False}],
        }
    )
    admin.assign_client_role(alice, service_b, [admin.get_client_role(service_b, "reader")])

    subject = openid("web").token("alice", "alice-password")["access_token"]
    assert refusal_of("service-a", subject) == os.environ["REFUSED_ERROR"]
    permit(service_a, service_b)

    exchanged = openid("service-a").exchange_token(subject, audience="service-b")["access_token"]
    claims = openid("service-b").decode_token(exchanged, validate=True)
    assert claims["aud"] == "service-b" and claims["azp"] == "service-a", claims
    assert claims["resource_access"] == {"service-b": {"roles": ["reader"]}}, claims
    assert refusal_of("stranger", subject) == os.environ["REFUSED_ERROR"]
finally:
    admin.change_current_realm("master")
    admin.delete_realm(REALM)

try:
    admin.get_realm(REALM)
    raise AssertionError("the realm is still there")
except KeycloakGetError as gone:
    assert gone.response_code == 404, gone
print("python-keycloak: service-a exchanged, a stranger was refused, the realm is gone")
