#!/bin/sh
# Installs the Debian packages that the tests run for real, those of them that are missing.
set -eu

packages=""
need() { # need PACKAGE, unless the check after it holds
  package=$1
  shift
  "$@" || packages="$packages $package"
}
command_is_there() { command -v "$1" >/dev/null 2>&1 || [ -x "/usr/sbin/$1" ]; }
file_is_there() { [ -e "$1" ]; }
# The package's example of an SMSC is among its documentation.
smsc_example=/usr/share/doc/libnet-smpp-perl/examples/smsc.pl
smsc_is_there() { perl -MNet::SMPP -e 1 2>/dev/null && file_is_there "$smsc_example"; }
python_has() { /usr/bin/python3 -c "import $1" 2>/dev/null; }

# Recommended packages are not installed along: what the tests need of them is named here too. A command that is there
# says nothing of files that come in a package of their own.
need redis-server           command_is_there redis-server
need exim4-daemon-light     command_is_there exim4
need openssl                command_is_there openssl
need curl                   command_is_there curl
need protobuf-compiler      command_is_there protoc
need libprotobuf-dev        file_is_there /usr/include/google/protobuf/timestamp.proto
need protobuf-compiler-grpc command_is_there grpc_python_plugin
need python3-grpcio         python_has grpc
need python3-protobuf       python_has google.protobuf
need libnet-smpp-perl       smsc_is_there
[ -n "$packages" ] || exit 0

if ! command -v apt-get >/dev/null 2>&1; then
  echo "The tests run real servers and clients. There is no apt-get here: install them yourself:$packages" >&2
  exit 1
fi
as_root=""
if [ "$(id -u)" -ne 0 ]; then
  as_root="sudo"
  if ! command -v sudo >/dev/null 2>&1; then
    echo "The tests run real servers and clients. As root, or with sudo: apt-get install$packages" >&2
    exit 1
  fi
fi
echo "The tests run real servers and clients; installing:$packages"

# The packages' own daemons are not wanted: while this file is there, Debian starts none.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
  $as_root chmod +x "$policy"
  trap '$as_root rm -f "$policy"' EXIT
fi
$as_root apt-get update -qq
# Small images of Debian are told to install no documentation. A package that was installed so has to be laid out anew.
# shellcheck disable=SC2086 # a list of words
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends --reinstall \
  -o "Dpkg::Options::=--path-include=${smsc_example%/*}/*" $packages >/dev/null
