#!/bin/sh
# Runs a command with Node 24 first on its PATH: `sh src/node-24.sh vitest run`. The command takes the place of
# this shell, so signals reach it.
#
# The system's Node may be older. A Node 24 comes with the dependencies, but not always the link node_modules/.bin/node:
# npm 9 removes it together with the package of the other processor, whose command has the same name.
set -eu

root=$(dirname "$(dirname "$(readlink -f "$0")")")
case $(uname -m) in
  aarch64 | arm64) cpu=arm64 ;;
  *) cpu=x64 ;;
esac
bundled="$root/node_modules/node-linux-$cpu/bin"
# On a system with another C library, such as Alpine's, it is there and does not run.
if "$bundled/node" --version >/dev/null 2>&1; then
  PATH="$bundled:$PATH"
elif ! node -e 'process.exit(Number.parseInt(process.versions.node) < 24 ? 1 : 0)' 2>/dev/null; then
  found=$(node --version 2>/dev/null || echo "no Node")
  echo "passcode needs Node 24 and found $found: run \`npm ci\` without --omit=optional, which brings one for Linux" \
    "on x64 and arm64, or put one on the PATH." >&2
  exit 1
fi
# Outside npm's scripts the dependencies' own commands are not on it.
PATH="$PATH:$root/node_modules/.bin"
export PATH
exec "$@"
