#!/bin/sh
# Ansible with the Keycloak modules of community.general, unchanged, keeps a realm as code: applied, changed in place, applied again without a
# change, with an exchange and a refusal, and removed.
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
# The tasks that changed something, a line each.
changed() { sed -n -e '/^TASK \[/{s/^TASK \[\(.*\)\].*/\1/;h;}' -e '/^changed: /{g;p;}' "$work/output" | uniq; }

play realm
[ "$(changed | wc -l)" -gt 20 ] || fail "the realm was there before"

# As in Keycloak, the first save of a realm writes limits of client sessions among its attributes: without a new name this would be a change too.
play realm -e display_name=Renamed
[ "$(changed)" = Realm ] || fail "a new name changed more or less than the realm"

play exchange -e client=service-a -e expected="$REFUSED_STATUS"
play permission
play exchange -e client=service-a -e expected=200
play exchange -e client=stranger -e expected="$REFUSED_STATUS"

play realm -e display_name=Renamed
[ -z "$(changed)" ] || fail "a run without news changed something"
play exchange -e client=service-a -e expected=200

play remove
echo "ansible: a new name changed the realm alone and the run after it nothing, service-a exchanged, a stranger was refused, the realm is gone"
