#!/bin/sh
# Ansible with the Keycloak modules of community.general, unchanged, keeps a realm as code: applied, applied again without a change, changed in
# place, with an exchange and a refusal, and removed.
# Reads BASE_URL, ADMIN_USERNAME, ADMIN_PASSWORD, REALM (which it creates and deletes), REFUSED_STATUS and REFUSED_ERROR.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
export ANSIBLE_HOME="$work" ANSIBLE_LOCALHOST_WARNING=False ANSIBLE_INVENTORY_UNPARSED_WARNING=False ANSIBLE_NOCOLOR=1
trap 'rm -rf "$work"' EXIT

fail() { cat "$work/output" >&2; echo "ansible: $*" >&2; exit 1; }
play() {
  book=$1; shift
  ansible-playbook "$here/$book.yml" "$@" >"$work/output" 2>&1 || fail "$book $* failed"
}
changed() { sed -n 's/^localhost .*changed=\([0-9]*\).*/\1/p' "$work/output"; }

play realm
[ "$(changed)" -gt 20 ] || fail "the realm was there before"
play realm
[ "$(changed)" -eq 0 ] || fail "a second run changed something"

play exchange -e client=service-a -e expected="$REFUSED_STATUS"
play permission
play exchange -e client=service-a -e expected=200
play exchange -e client=stranger -e expected="$REFUSED_STATUS"

play realm -e display_name=Renamed
[ "$(changed)" -eq 1 ] || fail "a new name changed more or less than the realm"
play exchange -e client=service-a -e expected=200

play remove
echo "ansible: the second run changed nothing, service-a exchanged, a stranger was refused, the realm is gone"
