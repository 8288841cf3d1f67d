#!/bin/sh
# Makes the account of the service, whose home is its state.
set -e
getent group didops > /dev/null || groupadd --system didops
getent passwd didops > /dev/null || useradd --system --gid didops --home-dir /var/lib/didops \
  --no-create-home --shell /usr/sbin/nologin --comment "didops" didops
