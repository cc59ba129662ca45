#!/bin/sh
# kcadm.sh, unchanged, takes a server from nothing to a permitted and a refused exchange, and cleans up.
# Reads KCADM (the script of the distribution), BASE_URL, ADMIN_USERNAME, ADMIN_PASSWORD, REALM (which it creates and deletes) and
# REFUSED_ERROR.
set -eu

HOME=$(mktemp -d)
config=$HOME/kcadm.config
kcadm() { verb=$1; shift; sh "$KCADM" "$verb" "$@" --config "$config"; }
fail() { echo "kcadm: $*" >&2; exit 1; }
cleanup() {
  kcadm delete "realms/$REALM" >/dev/null 2>&1 || true
  rm -rf "$HOME"
}
trap cleanup EXIT

token_of() { sed -n 's/.*"access_token":"\([^"]*\)".*/\1/p'; }
exchange() {
  curl -s "$BASE_URL/realms/$REALM/protocol/openid-connect/token" \
    -d grant_type=urn:ietf:params:oauth:grant-type:token-exchange \
    -d client_id="$1" -d client_secret="$1-secret" -d audience=service-b \
    -d subject_token="$subject" -d subject_token_type=urn:ietf:params:oauth:token-type:access_token
}
refused() {
  answer=$(exchange "$1")
  case $answer in
    *"\"error\":\"$REFUSED_ERROR\""*) ;;
    *) fail "$1 was not refused: $answer" ;;
  esac
}

kcadm config credentials --server "$BASE_URL" --realm master --user "$ADMIN_USERNAME" --password "$ADMIN_PASSWORD"
kcadm create realms -s realm="$REALM" -s enabled=true

web=$(kcadm create clients -r "$REALM" -i -s clientId=web -s publicClient=true -s directAccessGrantsEnabled=true)
for name in service-a service-b stranger; do
  kcadm create clients -r "$REALM" -s clientId=$name -s secret=$name-secret -s serviceAccountsEnabled=true -s fullScopeAllowed=false
done
id_of() { kcadm get clients -r "$REALM" -q clientId="$1" --fields id --format csv --noquotes; }
service_a=$(id_of service-a)
service_b=$(id_of service-b)
management=$(id_of realm-management)
for name in service-a stranger; do
  kcadm create "clients/$web/protocol-mappers/models" -r "$REALM" -s name="audience $name" -s protocol=openid-connect \
    -s protocolMapper=oidc-audience-mapper -s "config.\"included.client.audience\"=$name" -s 'config."access.token.claim"=true'
done
kcadm create "clients/$service_b/roles" -r "$REALM" -s name=reader
kcadm create users -r "$REALM" -s username=alice -s enabled=true -s email=alice@example.com -s emailVerified=true \
  -s firstName=Alice -s lastName=Example
kcadm set-password -r "$REALM" --username alice --new-password alice-password
kcadm add-roles -r "$REALM" --uusername alice --cclientid service-b --rolename reader

subject=$(curl -s "$BASE_URL/realms/$REALM/protocol/openid-connect/token" -d grant_type=password -d client_id=web \
  -d username=alice -d password=alice-password | token_of)
[ -n "$subject" ] || fail "alice could not sign in"
refused service-a

# The guide's steps: enable permissions, create the client policy, attach it.
kcadm update "clients/$service_b/management/permissions" -r "$REALM" -s enabled=true
permission=$(kcadm get "clients/$service_b/management/permissions" -r "$REALM" | sed -n 's/.*"token-exchange" : "\([^"]*\)".*/\1/p')
[ -n "$permission" ] || fail "service-b has no token-exchange permission"
authz=clients/$management/authz/resource-server
policy=$(kcadm create "$authz/policy/client" -r "$REALM" -o -s name="service-a may exchange" -s logic=POSITIVE -s "clients=[\"$service_a\"]" |
  sed -n 's/.*"id" : "\([^"]*\)".*/\1/p' | head -1)
kcadm update "$authz/permission/scope/$permission" -r "$REALM" -s "policies=[\"$policy\"]"

claims=$(exchange service-a | token_of | cut -d. -f2 | tr '_-' '/+' | base64 -d 2>/dev/null || true)
case $claims in
  *'"aud":"service-b"'*) ;;
  *) fail "service-a could not exchange: $(exchange service-a | sed 's/"access_token":"[^"]*"/…/')" ;;
esac
case $claims in
  *'"azp":"service-a"'*) ;;
  *) fail "azp is missing in $claims" ;;
esac
refused stranger

kcadm delete "realms/$REALM"
if kcadm get "realms/$REALM" >/dev/null 2>&1; then fail "the realm is still there"; fi
echo "kcadm: service-a exchanged, a stranger was refused, the realm is gone"
