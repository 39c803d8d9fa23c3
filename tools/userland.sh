# The platform is Debian 13. There, its packages are installed; on any other Linux a Debian 13
# userland is made once, and commands run in it through bubblewrap: the host's files, with
# Debian 13's /usr. Sourced by ./dev, which stands in the project's folder.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/tesseras
export CCACHE_DIR=${CCACHE_DIR:-$cache/ccache}
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1 CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-5G}

host_is_platform() {
  [ -r /etc/os-release ] || return 1
  ( . /etc/os-release; [ "${ID:-}" = debian ] && { [ "${VERSION_ID:-99}" -ge 13 ] 2>/dev/null; } )
}

packages() {  # the list, without comments; arm64 names only where they make a cross-compiler
  local all; all=$(sed 's/#.*//' tools/packages.txt | tr -s ' \n' '\n\n' | sed '/^$/d')
  if [ "$(dpkg --print-architecture 2>/dev/null)" = amd64 ]; then echo "$all"; else echo "$all" | grep -v arm64 | grep -v aarch64; fi
}

stamp() { { packages; pin_backports; sed -n '/^make_userland/,/^}/p' tools/userland.sh; } | sha256sum | cut -c1-12; }

platform_name() { if host_is_platform; then echo "this machine"; else echo "a Debian 13 userland in $(userland)"; fi; }
userland() { echo "$cache/userland-$(stamp)"; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else
    printf 'dev: this needs root once; please run:\n  sudo %s\n' "$*" >&2; exit 2
  fi
}

# The mirror that this machine's own apt uses: "SITE" of its main archive, then of security.
apt_sites() {
  local sites main security
  sites=$(apt-get indextargets --format '$(SITE) $(CODENAME)' 'Created-By: Packages' 2>/dev/null | sort -u)
  main=$(. /etc/os-release; echo "$sites" | awk -v c="${VERSION_CODENAME:-}" '$2==c && $1 ~ /debian\/?$/ {print $1; exit}')
  security=$(echo "$sites" | awk '$2 ~ /-security$/ {print $1; exit}')
  if [ -z "$main" ]; then
    if [ "$(id -u)" = 0 ] && [ -z "${1:-}" ]; then apt-get update -q >&2 || true; apt_sites again; return; fi
    echo "dev: this machine's apt names no Debian archive; set TESSERAS_MIRROR to one (https://…/debian)" >&2
    [ -n "${TESSERAS_MIRROR:-}" ] || exit 2
    main=$TESSERAS_MIRROR
  fi
  echo "$main ${security:-${main%/}-security}"
}

# QUIC with OpenSSL's own backend is in trixie's backports only, from where nothing else is taken.
pin_backports() {
  printf 'Package: libngtcp2* libnghttp3*\nPin: release n=trixie-backports\nPin-Priority: 990\n'
}

make_userland() {
  local root=$1 main security foreign=amd64
  for tool in mmdebstrap bwrap; do
    command -v $tool > /dev/null || { as_root apt-get update -q >&2
      as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q mmdebstrap bubblewrap >&2; }
  done
  read -r main security < <(apt_sites)
  [ -n "$main" ] || exit 2
  foreign=$(dpkg --print-architecture); [ "$foreign" = amd64 ] && foreign=amd64,arm64
  # BLAKE3's C sources come out of a package that is unpacked, not installed.
  mmdebstrap --variant=apt --architectures="$foreign" \
    --aptopt='APT::Install-Recommends "false"' --aptopt='Acquire::Retries "5"' \
    --setup-hook='mkdir -p "$1/etc/apt/preferences.d"' \
    --setup-hook="printf '%s\\n' '$(pin_backports)' > \"\$1/etc/apt/preferences.d/tesseras\"" \
    --include="$(packages | paste -sd,)" \
    --customize-hook='chroot "$1" sh -ec "cd /tmp && apt-get -q download librust-blake3-dev && dpkg-deb -x librust-blake3-dev_*.deb / && rm librust-blake3-dev_*.deb"' \
    trixie "$root" "deb $main trixie main" "deb $main trixie-updates main" \
    "deb $main trixie-backports main" \
    "deb $security trixie-security main" >&2
}

setup_platform() {
  [ -z "${TESSERAS_PLATFORM:-}" ] || return 0
  mkdir -p "$cache" build
  if host_is_platform; then setup_host; return; fi
  local root; root=$(userland)
  [ -e "$root/.complete" ] && return 0
  (
    flock 9
    [ -e "$root/.complete" ] && exit 0
    printf '== making a Debian 13 userland in %s (once; about two minutes)\n' "$root" >&2
    find "$cache" -maxdepth 1 -name 'userland-*' -mtime +30 -exec rm -rf {} + || true
    rm -rf "$root" "$root.part"
    make_userland "$root.part"
    touch "$root.part/.complete"
    mv "$root.part" "$root"
  ) 9> "$cache/userland.lock"
}

# On trixie itself: its backports become a source of apt's, pinned to what they are needed for.
add_backports() {
  local main _
  [ "$(. /etc/os-release; echo "${VERSION_CODENAME:-}")" = trixie ] || return 0
  [ ! -e /etc/apt/preferences.d/tesseras ] || return 0
  read -r main _ < <(apt_sites)
  printf 'dev: adding trixie-backports to apt, for QUIC alone (/etc/apt/preferences.d/tesseras)\n' >&2
  as_root sh -c 'printf "%s\n" "$1" > /etc/apt/preferences.d/tesseras
    printf "%s\n" "$2" > /etc/apt/sources.list.d/tesseras-backports.list' \
    sh "$(pin_backports)" "deb $main trixie-backports main"
}

setup_host() {
  export TESSERAS_BLAKE3=$cache/blake3
  local missing
  missing=$(for p in $(packages | grep -v -e arm64 -e aarch64); do dpkg-query -W -f '${Status}\n' "$p" 2>/dev/null | grep -q 'ok installed' || echo "$p"; done)
  if [ -n "$missing" ]; then
    add_backports
    as_root apt-get update -q >&2
    # shellcheck disable=SC2086
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing >&2
  fi
  [ -d "$TESSERAS_BLAKE3/usr" ] && return 0
  ( tmp=$(mktemp -d); cd "$tmp"; apt-get -q download librust-blake3-dev >&2
    mkdir -p "$TESSERAS_BLAKE3"; dpkg-deb -x librust-blake3-dev_*.deb "$TESSERAS_BLAKE3"; rm -rf "$tmp" )
}

on_platform() {
  setup_platform
  if [ -n "${TESSERAS_PLATFORM:-}" ] || host_is_platform; then TESSERAS_PLATFORM=1 "$@"; return; fi
  local root caps=(); root=$(userland)
  [ "$(id -u)" = 0 ] && caps=(--cap-add ALL)
  bwrap --dev-bind / / --ro-bind "$root/usr" /usr --ro-bind "$root/etc/alternatives" /etc/alternatives \
    --ro-bind "$root/etc/ld.so.cache" /etc/ld.so.cache "${caps[@]}" \
    --setenv TESSERAS_PLATFORM 1 -- "$@"
}
