#!/bin/sh
# Installs the Debian packages that the tests run for real, those of them that are missing.
set -eu

packages=""
need() { # need COMMAND PACKAGE
  command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ] || packages="$packages $2"
}
need redis-server redis-server
need exim4 exim4-daemon-light
need openssl openssl
need curl curl
need protoc protobuf-compiler
need grpc_python_plugin protobuf-compiler-grpc
/usr/bin/python3 -c 'import grpc, google.protobuf' 2>/dev/null || packages="$packages python3-grpcio python3-protobuf"
# The package's example of an SMSC is among its documentation.
if ! { perl -MNet::SMPP -e 1 2>/dev/null && [ -e /usr/share/doc/libnet-smpp-perl/examples/smsc.pl ]; }; then
  packages="$packages libnet-smpp-perl"
fi
[ -n "$packages" ] || exit 0

echo "The tests run real servers and clients; installing:$packages"
as_root=""
if [ "$(id -u)" -ne 0 ]; then as_root="sudo"; fi

# The packages' own daemons are not wanted: while this file is there, Debian starts none.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
  $as_root chmod +x "$policy"
  trap '$as_root rm -f "$policy"' EXIT
fi
$as_root apt-get update -qq
# Small images of Debian are told to install no documentation.
# shellcheck disable=SC2086 # a list of words
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
  -o 'Dpkg::Options::=--path-include=/usr/share/doc/libnet-smpp-perl/*' $packages >/dev/null
