#!/bin/bash
# Installs the npm packages exactly as package-lock.json names them. Runs on the machine's own Node and npm; the
# packages bring the Node that everything else runs on.
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
  echo "setup: $1" >&2
  exit 1
}

command -v node >/dev/null && command -v npm >/dev/null || fail "needs Node 20 or newer with npm (Debian: apt-get install nodejs npm)"
major=$(node --print 'process.versions.node.split(".")[0]')
((major >= 20)) || fail "needs Node 20 or newer to install with, found $(node --version)"

# Not `npm ci`: npm 11 refuses a lockfile without the optional packages of every other platform, and not every
# registry carries them all. This installs what is locked just the same and leaves the lockfile as it is.
# Warnings are off because they are about packages that want Node 24, and those get it.
npm install --no-save --loglevel=error --no-progress

installed=$(node_modules/.bin/node --version) || fail "the installed Node does not run here: $(uname -sm)"
[[ $installed == v24.* ]] || fail "npm did not install Node 24 (does npm's setting ignore-scripts forbid it?)"
