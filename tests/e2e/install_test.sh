#!/usr/bin/env bash
# Installs into a home of its own, and asks new shells for what was promised. It runs outside of
# the platform (tools/test.sh calls it): the installed program has to run on this machine as it is.
set -euo pipefail
cd "$(dirname "$0")/../.."
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
XDG_CACHE_HOME=${XDG_CACHE_HOME:-$HOME/.cache}
export XDG_CACHE_HOME HOME=$home SHELL=/bin/bash
unset XDG_DATA_HOME XDG_DATA_DIRS XDG_CONFIG_HOME BASH_COMPLETION_USER_DIR
prefix=$home/.local
checks=0

check() {  # WHAT EXPECTED ACTUAL: the second is in the third
  checks=$((checks + 1))
  case "$3" in
    *"$2"*) ;;
    *) printf 'install_test: %s: no "%s" in:\n%s\n' "$1" "$2" "$3" >&2; exit 1 ;;
  esac
}

printf '# mine\n' > "$home/.zshenv"
touch "$home/.zshrc"
check "what it says" "Installed tes" "$(./dev install 2>&1)"

# On this machine, with nothing of the userland and an empty environment.
check "starts" "Usage: tes" "$(env -i "$prefix/bin/tes" --help)"
env -i HOME="$home" "$prefix/bin/tes" init > /dev/null
mkdir "$home/photos" && echo "the well" > "$home/photos/a.txt"
hash=$(env -i HOME="$home" "$prefix/bin/tes" create -n "$home/photos" 2> /dev/null | sed 's/.*: //')
check "does its work" "PASSED" "$(env -i HOME="$home" "$prefix/bin/tes" verify "$hash")"
if [ -d "$prefix/lib/tesseras" ]; then
  outside=$("$prefix"/lib/tesseras/ld-linux* --list "$prefix/bin/tes" | awk '$3 ~ /^\//{print $3}' | grep -v "^$prefix/" || true)
  check "takes no library of the system" "none:" "none:$outside:"
  [ -z "$outside" ] || { echo "install_test: from outside: $outside" >&2; exit 1; }
fi

# New shells, on the platform, which has all three.
shell() { PATH=$prefix/bin:$PATH ./dev shell -- "$@" 2>&1 < /dev/null; }
check "bash" "export" "$(shell bash --norc -c 'source /usr/share/bash-completion/bash_completion
  COMP_WORDS=(tes exp) COMP_CWORD=1 COMP_LINE="tes exp" COMP_POINT=7
  _comp_load tes 2> /dev/null || __load_completion tes
  complete -p tes > /dev/null && _tes && echo "${COMPREPLY[@]}"')"
check "bash completes hashes" "$hash" "$(shell bash --norc -c 'source /usr/share/bash-completion/bash_completion
  _comp_load tes 2> /dev/null || __load_completion tes
  COMP_WORDS=(tes show "") COMP_CWORD=2; _tes; echo "${COMPREPLY[@]}"')"
check "zsh" "_tes" "$(shell zsh -c 'autoload -Uz compinit; compinit -u -D; echo ${_comps[tes]}')"
check "fish" "verify" "$(shell fish -c 'complete -C "tes ver"')"
check "man" "man1/tes-create.1" "$(shell man -w tes-create)"
check "man reads well" "TES-CREATE" "$(shell env MANWIDTH=80 man tes-create | tr a-z A-Z)"

# Twice is once; removed is gone, but for the vault.
check "again" "Installed tes" "$(./dev install 2>&1)"
check "one line for zsh" "1" "$(grep -c 'added by' "$home/.zshenv")"
./dev install --uninstall > /dev/null
check "nothing is left" "left::" "left:$(find "$prefix" -type f):"
check "zsh's file is the user's again" "# mine" "$(cat "$home/.zshenv")"
check "and the vault stays" "db" "$(ls "$home/.tesseras")"

# Elsewhere, from another folder, with a blank in its name.
( cd "$home" && "$OLDPWD/dev" install --prefix "o p t" > /dev/null 2>&1 )
check "another prefix" "tes " "$("$home/o p t/bin/tes" --version)"
echo "install_test: $checks checks hold"
