#!/bin/bash
# Installs those of the given Debian packages whose programs are missing: servers and tools that tests and demonstrations talk to.
# None of them is started, now or when the machine starts; programs that are there already are left as they are.
set -euo pipefail

fail() {
  echo "setup-servers: $1" >&2
  echo "setup-servers: install ${missing[*]} yourself (on PATH) and run this again" >&2
  exit 1
}

# The program by which a package is known to be there, where it is not called like the package.
declare -A program_of=([lua5.4]=luac5.4 [nghttp2-client]=h2load [systemd]=systemd-analyze)

missing=()
for package in "$@"; do
  command -v "${program_of[$package]:-$package}" >/dev/null || missing+=("$package")
done
((${#missing[@]} > 0)) || exit 0

command -v apt-get >/dev/null || fail "this machine has no apt-get"
as_root=()
if ((EUID != 0)); then
  command -v sudo >/dev/null || fail "installing needs root or sudo"
  as_root=(sudo)
fi

log=$(mktemp)
policy=/usr/sbin/policy-rc.d
own_policy=
clean_up() {
  rm -f "$log"
  [[ -z $own_policy ]] || "${as_root[@]}" rm -f "$policy"
}
trap clean_up EXIT

# Debian starts what it installs, unless this file says no.
if [[ ! -e $policy ]]; then
  own_policy=yes
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
fi

echo "setup-servers: installing ${missing[*]}"
{
  "${as_root[@]}" apt-get update -qq &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
      apt-get install -qq --yes --no-install-recommends "${missing[@]}"
} >"$log" 2>&1 || {
  cat "$log" >&2
  fail "apt-get could not install them"
}

# Debian would start them with the machine, too. Nobody asked for those.
if [[ -d /run/systemd/system ]]; then
  for package in "${missing[@]}"; do
    "${as_root[@]}" systemctl disable --now --quiet "$package" 2>/dev/null || true
  done
fi
