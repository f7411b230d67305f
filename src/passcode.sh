#!/bin/sh
# The command `passcode`, on Node 24.
here=$(dirname "$(readlink -f "$0")")
exec sh "$here/node-24.sh" node --disable-sigusr1 "$here/main.ts" "$@"
