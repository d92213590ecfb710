#!/bin/bash
# Installs nats-server from Debian's packages, for the tests and for `make run TRANSPORT=nats`.
set -euo pipefail

fail() {
  echo "setup-servers: $1" >&2
  echo "setup-servers: install nats-server yourself (any 2.9 or newer on PATH will do) and run this again" >&2
  exit 1
}

command -v apt-get >/dev/null || fail "nats-server is missing and this machine has no apt-get"
as_root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null || fail "nats-server is missing and installing it needs root or sudo"
  as_root=(sudo)
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "setup-servers: installing nats-server"
{
  "${as_root[@]}" apt-get update -qq &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends nats-server
} >"$log" 2>&1 || {
  cat "$log" >&2
  fail "apt-get could not install nats-server"
}

# Debian starts a server of its own on port 4222 where there is systemd. Nobody asked for that one.
if [[ -d /run/systemd/system ]]; then
  "${as_root[@]}" systemctl disable --now --quiet nats-server
fi
