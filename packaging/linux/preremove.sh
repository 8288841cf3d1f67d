#!/bin/sh
# Stops the service before its program goes, unless another version comes.
# State, configuration and account stay.
set -e
case ${1:-} in
  0 | remove) [ ! -d /run/systemd/system ] || systemctl disable --now didops.service ;;
esac
