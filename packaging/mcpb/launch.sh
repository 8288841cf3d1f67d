#!/bin/sh
# Starts the program of this machine from an unpacked bundle. A manifest can't
# tell processors apart, and hosts lose the right to execute when they unpack,
# so that they run this by /bin/sh and it mends both.
set -eu
unset CDPATH
here=$(cd -- "$(dirname -- "$0")" && pwd)

case $(uname -s) in
  Darwin) os=darwin ;;
  Linux) os=linux ;;
  *) echo "didops: this bundle has no program for $(uname -s)" >&2; exit 1 ;;
esac
case $(uname -m) in
  x86_64 | amd64) arch=amd64 ;;
  aarch64 | arm64) arch=arm64 ;;
  *) echo "didops: this bundle has no program for $(uname -m)" >&2; exit 1 ;;
esac

program=$here/$os-$arch/didops
[ -x "$program" ] || chmod u+x "$program"
exec "$program" "$@"
