# bash completion for tesseras-daemon, and for its other name
_tesseras_daemon() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local options='--config --listen --bootstrap --data-dir --group --leave --version --help'
  COMPREPLY=()
  case $previous in
    -c | --config) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    -d | --data-dir) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
    -l | --listen | -b | --bootstrap) ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current") ;;
  esac
}
complete -F _tesseras_daemon tesseras-daemon tesd
