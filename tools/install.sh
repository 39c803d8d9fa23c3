# `./dev install [--prefix P] [--uninstall]`, sourced by ./dev. The programs, their man pages,
# completions and systemd units go where a new shell, man and systemd find them. Where the platform
# is a userland, the programs get their own copies of the libraries and of the loader, so that they
# run on this machine without it.

# On the platform: everything as it will stand under the prefix, in a folder beside it.
stage_install() {  # STAGE PREFIX
  local stage=$1 prefix=$2 program
  rm -rf "$stage"
  mkdir -p "$stage/bin"
  for program in tes tesseras-daemon; do stage_program "$stage" "$prefix" "$program"; done
  ln -s tesseras-daemon "$stage/bin/tesd"
  stage_pages "$stage"
  stage_units "$stage" "$prefix"
}

stage_program() {  # STAGE PREFIX NAME
  local stage=$1 prefix=$2 name=$3 program=build/release/apps/$3/$3
  cp "$program" "$stage/bin/$name"
  strip --strip-unneeded "$stage/bin/$name"
  if [ -z "${TESSERAS_HOST_IS_PLATFORM:-}" ]; then
    local library interpreter
    mkdir -p "$stage/lib/tesseras"
    interpreter=$(patchelf --print-interpreter "$program")
    ldd "$program" | awk '$3 ~ /^\// {print $3}' | while read -r library; do
      cp -fL "$library" "$stage/lib/tesseras/"
    done
    cp -fL "$interpreter" "$stage/lib/tesseras/"
    # A library that names folders of its own (libexiv2) would look there for the others only.
    for library in "$stage"/lib/tesseras/*; do
      [ -z "$(patchelf --print-rpath "$library" 2> /dev/null)" ] ||
        patchelf --force-rpath --set-rpath "\$ORIGIN" "$library"
    done
    # The old kind of run path: it holds for the libraries' own libraries too.
    patchelf --set-interpreter "$prefix/lib/tesseras/$(basename "$interpreter")" \
      --force-rpath --set-rpath "\$ORIGIN/../lib/tesseras" "$stage/bin/$name"
  fi
}

stage_pages() {  # STAGE: man pages and completions; tesd has those of tesseras-daemon
  local bash=$1/share/bash-completion/completions zsh=$1/share/zsh/site-functions
  local fish=$1/share/fish/vendor_completions.d tes=build/release/apps/tes/tes ours=tools/completions
  mkdir -p "$1/share/man" "$bash" "$zsh" "$fish"
  python3 tools/manpages.py "$1/share/man" > /dev/null
  printf '.so man1/tesseras-daemon.1\n' > "$1/share/man/man1/tesd.1"
  "$tes" completions bash > "$bash/tes"
  "$tes" completions zsh > "$zsh/_tes"
  "$tes" completions fish > "$fish/tes.fish"
  cp "$ours/tesseras-daemon.bash" "$bash/tesseras-daemon"
  cp "$ours/tesseras-daemon.zsh" "$zsh/_tesseras-daemon"
  cp "$ours/tesseras-daemon.fish" "$fish/tesseras-daemon.fish"
  # Each shell loads a file that is named like the program.
  ln -s tesseras-daemon "$bash/tesd"
  ln -s tesseras-daemon.fish "$fish/tesd.fish"
}

# share/systemd/user is where systemd looks under ~/.local and /usr/local alike. The unit for the
# system takes a user and a folder that only root can make, and is put in place by hand.
stage_units() {  # STAGE PREFIX
  local unit quoted
  # As systemd reads a quoted word, then as sed reads a replacement.
  quoted=$(printf '%s' "$2" | sed -e 's/[\\"]/\\&/g' -e 's/%/%%/g' | sed -e 's/[\\&|]/\\&/g')
  mkdir -p "$1/share/systemd/user" "$1/share/doc/tesseras"
  for unit in systemd/user/tesseras-daemon.service doc/tesseras/tesseras-daemon.system.service; do
    sed "s|@PREFIX@|$quoted|" "tools/units/$(basename "$unit")" > "$1/share/$unit"
  done
}

# Before its files go: a node that runs would go on without them, and one that is enabled fail at
# each login. The unit of another prefix is not ours to stop.
stop_service() {  # PREFIX
  local unit="$1/share/systemd/user/tesseras-daemon.service" known
  command -v systemctl > /dev/null || return 0
  known=$(systemctl --user show --property=FragmentPath --value tesseras-daemon.service 2> /dev/null) || return 0
  [ -n "$known" ] && [ "$known" -ef "$unit" ] || return 0
  systemctl --user disable --now tesseras-daemon.service > /dev/null 2>&1 ||
    die "the service of your user cannot be stopped; stop it, then again: systemctl --user disable --now tesseras-daemon"
  printf 'Stopped and disabled the service of your user, tesseras-daemon.\n'
}

uninstall() {  # PREFIX: removes what the list of the last installation names
  local prefix=$1 list="$1/share/doc/tesseras/installed" file
  [ -f "$list" ] || die "nothing of Tesseras is installed under $prefix"
  stop_service "$prefix"
  while IFS= read -r file; do rm -f "$prefix/$file"; done < "$list"
  rm -f "$list"
  rmdir "$prefix/share/doc/tesseras" "$prefix/lib/tesseras" 2> /dev/null || true
  untell_zsh "$prefix"
  systemctl --user daemon-reload > /dev/null 2>&1 || true  # it forgets the unit
  printf 'Removed from %s. Your vault (~/.tesseras) and your node (~/.local/share/tesseras) were not touched.\n' "$prefix"
}

# zsh looks into its own folders only. One line in ~/.zshenv, which every new zsh reads first.
zsh_line() { printf "fpath+=('%s')  # added by tesseras ./dev install" "$1/share/zsh/site-functions"; }  # PREFIX

untell_zsh() {  # PREFIX: the line of that prefix, as a text and not as a pattern
  [ -f "$HOME/.zshenv" ] || return 0
  sed -i --follow-symlinks "/^$(zsh_line "$1" | sed 's/[][\\.*^$/]/\\&/g')\$/d" "$HOME/.zshenv"
}

tell_zsh() {  # PREFIX
  local line
  command -v zsh > /dev/null || [ -e "$HOME/.zshrc" ] || return 0
  case "$1" in /usr/local|/usr) return 0 ;; esac
  line=$(zsh_line "$1")
  grep -qsxF "$line" "$HOME/.zshenv" && return 0
  printf '%s\n' "$line" >> "$HOME/.zshenv"
  printf 'Added to ~/.zshenv, so that zsh finds the completions:\n  %s\n' "$line"
}

finds_it() {  # would a new login shell find PREFIX/bin?
  local path
  path=$(env -i HOME="$HOME" USER="${USER:-}" PATH=/usr/local/bin:/usr/bin:/bin "${SHELL:-/bin/sh}" -lc 'printf "%s\n" "$PATH"' 2> /dev/null < /dev/null | tail -n 1)
  case ":$path:$PATH:" in *":$1/bin:"*) return 0 ;; *) return 1 ;; esac
}

run_install() {
  local prefix=$HOME/.local remove=''
  while [ $# -gt 0 ]; do
    case "$1" in
      --prefix) prefix=${2:?--prefix wants a folder}; shift 2 ;;
      --prefix=*) prefix=${1#--prefix=}; shift ;;
      --uninstall) remove=1; shift ;;
      *) die "install: there is no option '$1'" ;;
    esac
  done
  case "$prefix" in /*) ;; *) prefix=$called_from/$prefix ;; esac
  prefix=${prefix%/}
  if [ -n "$remove" ]; then uninstall "$prefix"; return; fi
  build tes tesseras-daemon

  local stage=$PWD/build/stage host=''
  host_is_platform && host=1
  on_platform env TESSERAS_HOST_IS_PLATFORM="$host" bash -ec '. tools/install.sh; stage_install "$1" "$2"' bash "$stage" "$prefix"
  mkdir -p "$prefix" || die "cannot write to $prefix; choose another --prefix"
  mkdir -p "$stage/share/doc/tesseras"
  # The list for --uninstall is written before the files, so that a broken-off copy can be undone.
  ( cd "$stage" && find . ! -type d ! -path './share/doc/tesseras/installed' | sed 's|^\./||' | sort ) > "$stage/share/doc/tesseras/installed"
  mkdir -p "$prefix/share/doc/tesseras" && cp "$stage/share/doc/tesseras/installed" "$prefix/share/doc/tesseras/"
  # Each file is renamed into its place: a program that is running is not disturbed.
  ( cd "$stage" && find . -type d -exec mkdir -p "$prefix/{}" \; )
  while IFS= read -r file; do
    cp -pP "$stage/$file" "$prefix/$file.new" && mv -fT "$prefix/$file.new" "$prefix/$file"
  done < "$stage/share/doc/tesseras/installed"
  rm -rf "$stage"

  local program
  for program in tes tesseras-daemon tesd; do
    "$prefix/bin/$program" --version > /dev/null || die "the installed program does not start: $prefix/bin/$program"
  done
  printf 'Installed %s to %s: bin/tes and bin/tesseras-daemon (also bin/tesd), man pages (man tes),\n' \
    "$("$prefix/bin/tes" --version)" "$prefix"
  printf 'completions for bash, zsh and fish, and a unit: systemctl --user enable --now tesseras-daemon\n'
  tell_zsh "$prefix"
  if finds_it "$prefix"; then printf 'Open a new shell, then: tes --help\n'
  elif [ "$prefix" = "$HOME/.local" ]; then
    printf 'A new shell does not find it yet. Add this line to ~/.profile, and log in again:\n'
    printf '  export PATH="$HOME/.local/bin:$PATH"\n'
  else
    printf 'A new shell does not find it yet. Add this line to ~/.profile, and log in again:\n'
    printf '  export PATH="%s/bin:$PATH"\n' "$prefix"
    case "$prefix" in /usr/local|/usr) ;; *) printf '  export XDG_DATA_DIRS="%s/share:${XDG_DATA_DIRS:-/usr/local/share:/usr/share}"\n' "$prefix" ;; esac
  fi
  printf 'To remove it again: ./dev install --prefix %s --uninstall\n' "$prefix"
}
