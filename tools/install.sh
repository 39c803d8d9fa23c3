# `./dev install [--prefix P] [--uninstall]`, sourced by ./dev. The program, its man pages and the
# completions go where a new shell finds them. Where the platform is a userland, the program gets
# its own copies of the libraries and of the loader, so that it runs on this machine without it.

# On the platform: everything as it will stand under the prefix, in a folder beside it.
stage_install() {  # STAGE PREFIX
  local stage=$1 prefix=$2 program=build/release/apps/tes/tes
  rm -rf "$stage"
  mkdir -p "$stage/bin" "$stage/share/man" "$stage/share/bash-completion/completions" \
    "$stage/share/zsh/site-functions" "$stage/share/fish/vendor_completions.d"
  cp "$program" "$stage/bin/tes"
  strip --strip-unneeded "$stage/bin/tes"
  if [ -z "${TESSERAS_HOST_IS_PLATFORM:-}" ]; then
    local library interpreter
    mkdir -p "$stage/lib/tesseras"
    interpreter=$(patchelf --print-interpreter "$program")
    ldd "$program" | awk '$3 ~ /^\// {print $3}' | while read -r library; do
      cp -L "$library" "$stage/lib/tesseras/"
    done
    cp -L "$interpreter" "$stage/lib/tesseras/"
    # A library that names folders of its own (libexiv2) would look there for the others only.
    for library in "$stage"/lib/tesseras/*; do
      [ -z "$(patchelf --print-rpath "$library" 2> /dev/null)" ] ||
        patchelf --force-rpath --set-rpath "\$ORIGIN" "$library"
    done
    # The old kind of run path: it holds for the libraries' own libraries too.
    patchelf --set-interpreter "$prefix/lib/tesseras/$(basename "$interpreter")" \
      --force-rpath --set-rpath "\$ORIGIN/../lib/tesseras" "$stage/bin/tes"
  fi
  python3 tools/manpages.py "$stage/share/man" > /dev/null
  "$program" completions bash > "$stage/share/bash-completion/completions/tes"
  "$program" completions zsh > "$stage/share/zsh/site-functions/_tes"
  "$program" completions fish > "$stage/share/fish/vendor_completions.d/tes.fish"
}

uninstall() {  # PREFIX: removes what the list of the last installation names
  local prefix=$1 list="$1/share/tesseras/installed" file
  [ -f "$list" ] || die "nothing of Tesseras is installed under $prefix"
  while IFS= read -r file; do rm -f "$prefix/$file"; done < "$list"
  rm -f "$list"
  rmdir "$prefix/share/tesseras" "$prefix/lib/tesseras" 2> /dev/null || true
  if [ -f "$HOME/.zshenv" ]; then sed -i '/# added by tesseras ..dev install$/d' "$HOME/.zshenv"; fi
  printf 'Removed from %s. Your vault (~/.tesseras) was not touched.\n' "$prefix"
}

# zsh looks into its own folders only. One line in ~/.zshenv, which every new zsh reads first.
tell_zsh() {  # PREFIX
  local folder="$1/share/zsh/site-functions" line
  command -v zsh > /dev/null || [ -e "$HOME/.zshrc" ] || return 0
  case "$1" in /usr/local|/usr) return 0 ;; esac
  line="fpath+=('$folder')  # added by tesseras ./dev install"
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
  build tes

  local stage=$PWD/build/stage host=''
  host_is_platform && host=1
  on_platform env TESSERAS_HOST_IS_PLATFORM="$host" bash -ec '. tools/install.sh; stage_install "$1" "$2"' bash "$stage" "$prefix"
  mkdir -p "$prefix" || die "cannot write to $prefix; choose another --prefix"
  mkdir -p "$stage/share/tesseras"
  # The list for --uninstall is written before the files, so that a broken-off copy can be undone.
  ( cd "$stage" && find . -type f ! -path './share/tesseras/installed' | sed 's|^\./||' | sort ) > "$stage/share/tesseras/installed"
  mkdir -p "$prefix/share/tesseras" && cp "$stage/share/tesseras/installed" "$prefix/share/tesseras/"
  # Each file is renamed into its place: a tes that is running is not disturbed.
  ( cd "$stage" && find . -type d -exec mkdir -p "$prefix/{}" \; )
  while IFS= read -r file; do
    cp -p "$stage/$file" "$prefix/$file.new" && mv -f "$prefix/$file.new" "$prefix/$file"
  done < "$stage/share/tesseras/installed"
  rm -rf "$stage"

  "$prefix/bin/tes" --version > /dev/null || die "the installed program does not start: $prefix/bin/tes"
  printf 'Installed %s to %s: bin/tes, man pages (man tes), completions for bash, zsh and fish.\n' \
    "$("$prefix/bin/tes" --version)" "$prefix"
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
