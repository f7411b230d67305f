#!/bin/sh
# Installs Stryker, if it is missing or older than its lock file. It runs on the project's own Vitest.
set -eu

folder="$(dirname "$0")"
# npm writes this file last, when the installation is whole.
installed="$folder/node_modules/.package-lock.json"
if [ -e "$installed" ] && [ -z "$(find "$folder/package-lock.json" -newer "$installed")" ]; then exit 0; fi

npm ci --prefix "$folder" --legacy-peer-deps --ignore-scripts --no-audit --no-fund --loglevel=error
# Marks the moment also where npm kept the file's older time.
touch "$installed"
