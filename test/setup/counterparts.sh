#!/bin/sh
# Installs the counterparts that the tests call, if they are missing or older than their lock file.
set -eu

folder="$(dirname "$0")/../counterparts"
# npm writes this file last, when the installation is whole.
installed="$folder/node_modules/.package-lock.json"
if [ -e "$installed" ] && [ -z "$(find "$folder/package-lock.json" -newer "$installed")" ]; then exit 0; fi

echo "The tests call mocks of the vendors; installing them."
npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel=error
# Marks the moment also where npm kept the file's older time.
touch "$installed"
