#!/bin/sh
# Renews the vendored API reference, Scalar (MIT licence: scalar-LICENSE).
#
#   ./update.sh            fetch the version that scalar.lock names and rebuild the file
#   ./update.sh 1.80.0     the same with another version, and lock it
#   ./update.sh --check    only say whether the version is the newest
#
# scalar.lock: the package, its version, the npm integrity (SHA-512) of it, and the
# SHA-256 of the file taken from it, which a test holds the committed file against.
set -eu
cd "$(dirname "$0")"
package=@scalar/api-reference
read -r _ version integrity _ <scalar.lock
newest=$(npm view "$package" version 2>/dev/null)

if [ "${1-}" = --check ]; then
	[ "$version" = "$newest" ] || { echo "locked $version, the newest is $newest: run ./update.sh $newest"; exit 1; }
	echo "current: $version"
	exit 0
fi

[ -z "${1-}" ] || { version=$1 integrity=; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm pack "$package@$version" --silent --pack-destination "$work" >/dev/null 2>&1
got=sha512-$(openssl dgst -sha512 -binary "$work"/*.tgz | openssl base64 -A)
if [ -n "$integrity" ] && [ "$integrity" != "$got" ]; then
	echo "$package $version is not what scalar.lock says: $got" >&2
	exit 1
fi
tar xzf "$work"/*.tgz -C "$work"
rm -f scalar-*.js.gz
gzip -9nc "$work/package/dist/browser/standalone.js" >"scalar-$version.js.gz"
echo "$package $version $got sha256-$(openssl dgst -sha256 -r "$work/package/dist/browser/standalone.js" | cut -d' ' -f1)" >scalar.lock
[ "$version" = "$newest" ] && echo "current: $version" || echo "built $version, the newest is $newest"
