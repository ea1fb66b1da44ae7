#!/bin/sh
# Slurm and munge from Debian's packages, where they are absent and this user may install them.
set -eu
command -v slurmctld >/dev/null && command -v slurmd >/dev/null && command -v munged >/dev/null \
  && command -v sbatch >/dev/null && exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "make test-slurm needs munge, slurmctld, slurmd and slurm-client, and cannot install them" >&2
  exit 2
fi
apt-get -qq update
DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
  munge slurmctld slurmd slurm-client >/dev/null
