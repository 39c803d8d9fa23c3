# fish completion for tesseras-daemon, and for its other name
for program in tesseras-daemon tesd
    complete -c $program -f
    complete -c $program -s c -l config -r -F -d 'Config file'
    complete -c $program -s l -l listen -x -d 'Address and port to listen on'
    complete -c $program -s b -l bootstrap -x -d 'Nodes to begin with, with commas between them'
    complete -c $program -s d -l data-dir -x -a '(__fish_complete_directories)' -d 'Data directory'
    complete -c $program -s g -l group -d 'Let members of its group use it'
    complete -c $program -l leave -d 'Hand over what is kept for others, and end'
    complete -c $program -s V -l version -d 'Print the version'
    complete -c $program -s h -l help -d 'Print help'
end
