#!/bin/sh
# Lays out in a folder what runs in production, and nothing else: the built code, and the packages that it needs.
# The sources are to be built before: npm run build.
set -eu
cd "$(dirname "$0")/.."
target=$1
mkdir -p "$target"
# npm ci wants the manifest of every workspace in the lock file.
cp --parents --recursive package.json package-lock.json .npmrc packages/*/*/package.json apps/*/package.json test/package.json \
  packages/*/*/dist apps/headgate/dist apps/headgate/bin apps/headgate/assets "$target"
cd "$target"
npm ci --omit=dev --ignore-scripts --workspace=headgate --prefer-offline
find packages apps -name '*.test.*' -delete
