#compdef tesseras-daemon tesd
_arguments \
  '(-c --config)'{-c,--config}'[config file]:file:_files' \
  '(-l --listen)'{-l,--listen}'[address and port to listen on]:address: ' \
  '(-b --bootstrap)'{-b,--bootstrap}'[nodes to begin with, with commas between them]:addresses: ' \
  '(-d --data-dir)'{-d,--data-dir}'[data directory]:folder:_files -/' \
  '(-g --group)'{-g,--group}'[let members of its group use it]' \
  '--leave[hand over what is kept for others, and end]' \
  '(-V --version)'{-V,--version}'[print the version]' \
  '(-h --help)'{-h,--help}'[print help]'
