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
  for program in tes tesseras-daemon; do
    outside=$("$prefix"/lib/tesseras/ld-linux* --list "$prefix/bin/$program" | awk '$3 ~ /^\//{print $3}' | grep -v "^$prefix/" || true)
    check "$program takes no library of the system" "none::" "none:$outside:"
  done
fi

# A node, on a free port, that meets nobody; by its second name.
node=$home/node
mkdir "$node"
printf 'network.enable_mdns = false\nobservability.metrics_addr = ""\n' > "$node/config.toml"
env -i HOME="$home" "$prefix/bin/tesd" --data-dir "$node" --listen 127.0.0.1:0 --bootstrap "" 2> "$home/node.log" &
daemon=$!
trap 'kill "$daemon" 2> /dev/null || true; rm -rf "$home"' EXIT
# Not a pipe: grep ends before tail, which goes with the daemon.
grep -q -m 1 "daemon ready" < <(tail -n +1 -f --pid="$daemon" "$home/node.log") || { cat "$home/node.log" >&2; exit 1; }
check "a node runs" "Listening:    127.0.0.1:" "$(env -i HOME="$home" "$prefix/bin/tes" --daemon "$node" node-info)"
kill "$daemon" && wait "$daemon"
check "and ends well" "daemon stopped" "$(cat "$home/node.log")"

# The units: systemd finds the programs that they name, and knows every word in them.
unit=share/systemd/user/tesseras-daemon.service
system_unit=share/doc/tesseras/tesseras-daemon.system.service
check "the unit starts what was installed" "ExecStart=\"$prefix/bin/tesseras-daemon\" " "$(cat "$prefix/$unit")"
holds_for_systemd() {  # PREFIX
  XDG_RUNTIME_DIR=$home systemd-analyze --man=no --user verify "$1/$unit" 2>&1 || echo "user unit refused"
  systemd-analyze --man=no verify "$1/$system_unit" 2>&1 || echo "system unit refused"
}
if command -v systemd-analyze > /dev/null; then
  check "the units hold" "said::" "said:$(holds_for_systemd "$prefix"):"
else
  echo "install_test: systemd-analyze is absent; the units are not checked"
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
for name in tesseras-daemon tesd; do
  check "bash: $name" "--bootstrap --data-dir --group" "$(shell bash --norc -c 'source /usr/share/bash-completion/bash_completion
    _comp_load $1 2> /dev/null || __load_completion $1
    COMP_WORDS=($1 --) COMP_CWORD=1; _tesseras_daemon; echo "${COMPREPLY[@]}"' bash $name)"
  check "zsh: $name" "_tesseras-daemon" "$(shell zsh -c 'autoload -Uz compinit; compinit -u -D; echo ${_comps[$1]}' zsh $name)"
  check "fish: $name" "--listen" "$(shell fish -c "complete -C '$name --l'")"
  check "man: $name" "identity.key" "$(shell env MANWIDTH=80 man $name)"
done
# Each of them knows exactly the options that the program has.
options=$(env -i "$prefix/bin/tesseras-daemon" --help | grep -o -- '^  \(-.,\|   \) --[a-z-]*' | sed 's/.*--//' | sort)
check "there are options" "data-dir" "$options"
for file in bash zsh fish; do
  listed=$(sed -n "s/^ *local options='\(.*\)'/\1/p; s/.*{-.,--\([a-z-]*\)}.*/\1/p; s/^ *'--\([a-z-]*\)\[.*/\1/p; s/.* -l \([a-z-]*\) .*/\1/p" \
    "tools/completions/tesseras-daemon.$file" | tr ' ' '\n' | sed 's/^--//' | sort)
  check "$file lists them" "=$options=" "=$listed="
done
check "man" "man1/tes-create.1" "$(shell man -w tes-create)"
check "man reads well" "TES-CREATE" "$(shell env MANWIDTH=80 man tes-create | tr a-z A-Z)"

# Twice is once.
check "again" "Installed tes" "$(./dev install 2>&1)"
check "one line for zsh" "1" "$(grep -c 'added by' "$home/.zshenv")"

# Elsewhere, from another folder, with a blank in its name.
( cd "$home" && "$OLDPWD/dev" install --prefix "o p t" > /dev/null 2>&1 )
check "another prefix" "tes " "$("$home/o p t/bin/tes" --version)"
check "the daemon too" "tesseras-daemon " "$("$home/o p t/bin/tesd" --version)"
if command -v systemd-analyze > /dev/null; then
  check "units with a blank in their path" "said::" "said:$(holds_for_systemd "$home/o p t"):"
fi
check "a line for zsh from each" "2" "$(grep -c 'added by' "$home/.zshenv")"

# Removed is gone, but for the vault. systemd is one here that knows the service of the first prefix:
# that is stopped while its files are there, and no other prefix stops it.
mkdir "$home/fake"
cat > "$home/fake/systemctl" <<'EOF'
#!/bin/sh
[ -n "${NO_MANAGER:-}" ] && exit 1
case "$*" in
  *show*) echo "$HOME/.local/share/systemd/user/tesseras-daemon.service" ;;
  *disable*) [ -e "$HOME/.local/bin/tesseras-daemon" ] && echo "$*" >> "$HOME/asked" ;;
esac
EOF
chmod +x "$home/fake/systemctl"
uninstall() { PATH=$home/fake:$PATH ./dev install --uninstall "$@"; }
mv "$home/.zshenv" "$home/zshenv" && ln -s zshenv "$home/.zshenv"  # as who keeps such files in one place
uninstall --prefix "$home/o p t" > /dev/null
check "another's service runs on" "asked::" "asked:$(cat "$home/asked" 2> /dev/null || true):"
check "its files are gone" "left::" "left:$(find "$home/o p t" ! -type d):"
check "the other's line stays" "=# mine
fpath+=('$prefix/share/zsh/site-functions')  # added by tesseras ./dev install=" "=$(cat "$home/.zshenv")="
check "it says so" "Stopped and disabled" "$(uninstall)"
check "the service is stopped" "asked:--user disable --now tesseras-daemon.service:" "asked:$(cat "$home/asked"):"
check "nothing is left" "left::" "left:$(find "$prefix" ! -type d):"
check "zsh's file is the user's again" "=# mine=" "=$(cat "$home/.zshenv")="
check "and the link to it stays" "zshenv" "$(readlink "$home/.zshenv")"
check "and the vault stays" "db" "$(ls "$home/.tesseras")"

# Where systemd does not run for the user.
mkdir -p "$prefix/share/doc/tesseras" "$prefix/bin"
echo bin/tes | tee "$prefix/share/doc/tesseras/installed" > "$prefix/bin/tes"
check "without systemd" "Removed from" "$(NO_MANAGER=1 uninstall)"
check "it is gone, too" "left::" "left:$(find "$prefix" ! -type d):"
echo "install_test: $checks checks hold"
