#!/bin/sh
# Debian's chromium for the browser tests: installed where this may be done, else one clear line.
set -e
if command -v chromium >/dev/null 2>&1; then
  exit 0
fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends chromium
  exit 0
fi
echo "chromium must be on PATH for the browser tests; apt-get install chromium brings it" >&2
exit 2
