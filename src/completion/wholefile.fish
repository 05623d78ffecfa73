# Completion of atomwrite(1), uniqcreate(1) and lockread(1) for fish.

# The options of PROGRAM that want a value, as they are on the command line.
function __wholefile_valued
    set -l accept --min-size --check
    set -l write --end-marker -m --mode --owner
    set -l wait -w --wait --lock-file
    switch $argv[1]
        case '*atomwrite'
            printf '%s\n' --unchanged -k --keep $accept $write $wait
        case '*uniqcreate'
            printf '%s\n' -f --format --time -s --suffix --width --retain $accept $write
        case '*lockread'
            printf '%s\n' --max-age --files0-from --take --failed $accept $wait
    end
end

# Whether COUNT operands, or more, stand before the cursor.
function __wholefile_operands
    set -l tokens (commandline -opc)
    set -l valued (__wholefile_valued $tokens[1])
    set -l found 0
    set -l skips 0
    for token in $tokens[2..-1]
        if test $skips -eq 1
            set skips 0
        else if test $found -gt 0
            set found (math $found + 1)
        else if contains -- $token $valued
            set skips 1
        else if not string match -qr -- '^-.' $token
            set found 1
        end
    end
    test $found -ge $argv[1]
end

# What can stand where COMMAND and its arguments do.
function __wholefile_command
    __fish_complete_subcommand --fcs-skip=2 (__wholefile_valued (commandline -opc)[1])
end

# What is being completed, of a value that may stand after "--option=".
function __wholefile_text
    commandline -ct | string replace -r -- '^--[a-z0-9-]+=' ''
end

function __wholefile_owners
    set -l text (__wholefile_text)
    if string match -q -- '*:*' $text
        printf '%s\n' (string replace -r -- ':.*' ':' $text)(__fish_complete_groups)
    else
        __fish_complete_users
    end
end

for program in atomwrite uniqcreate lockread
    set -l here complete -c $program -n 'not __wholefile_operands 1'
    $here -s e -l non-empty -d 'Refuse what is empty'
    $here -x -l min-size -d 'Refuse less than SIZE bytes'
    $here -x -l check -a '(__fish_complete_command)' -d 'Accept only what sh -c COMMAND accepts'
    $here -s v -l verbose -d 'Say what is done'
    $here -l progress -d 'Show bytes, rate and time left'
    $here -l help -d 'Print a summary of the options'
    $here -l version -d 'Print the version'
end
for program in atomwrite uniqcreate
    set -l here complete -c $program -n 'not __wholefile_operands 1'
    $here -x -l end-marker -d 'Accept only if the last line is LINE, and strip it'
    $here -x -s m -l mode -a '0600 0640 0644 0755' -d 'Mode of the file'
    $here -x -l owner -a '(__wholefile_owners)' -d 'Owner of the file'
    $here -s p -l parents -d 'Make missing directories'
    $here -l no-sync -d 'Do not wait for the disk: not durable'
    complete -c $program -n '__wholefile_operands 1' -x -a '(__wholefile_command)'
end
for program in atomwrite lockread
    set -l here complete -c $program -n 'not __wholefile_operands 1'
    $here -x -s w -l wait -a '0 inf' -d 'Wait at most SECONDS for locks'
    $here -r -F -l lock-file -d 'Respect the lock of flock(1) on PATH as well'
end

set -l here complete -c atomwrite -n 'not __wholefile_operands 1'
$here -s a -l append -d 'New content = old content + input'
$here -s u -l update -d 'COMMAND reads the old content'
$here -s n -l no-clobber -d 'Create FILE; never replace it'
$here -s c -l if-changed -d 'Leave FILE alone if it has this content'
$here -x -l unchanged -d 'With -c: exit with STATUS then'
$here -l touch -d 'With -c: update the mtime of an unchanged FILE'
$here -x -s k -l keep -d 'Keep N previous versions'
$here -s P -l no-dereference -d 'Replace a symlink itself'

set -l here complete -c uniqcreate -n 'not __wholefile_operands 1'
$here -x -s f -l format -d 'Timestamp as strftime(3)'
$here -l local -d 'Local time, not UTC'
$here -x -l time -d 'That time, not now'
$here -x -s s -l suffix -d 'End the name with SUFFIX'
$here -x -l width -d 'Pad the counter with zeros to N digits'
$here -s l -l live -d 'Claim and print the name first, then fill it'
$here -l empty -d 'Read nothing: claim an empty file'
$here -l lines -d 'Make a file of each line'
$here -l null -d 'Make a file of each record that ends with NUL'
$here -x -l retain -d 'Keep the N newest, remove older ones'
$here -s z -l zero -d 'End the printed path with NUL'
$here -s q -l quiet -d 'Do not print the path'

set -l here complete -c lockread -n 'not __wholefile_operands 1'
$here -l newest -d 'Print only the newest FILE that can be had'
$here -x -l max-age -d 'Accept only what is younger'
$here -s s -l skip -d 'Silently skip locked and unfinished files'
$here -r -F -l files0-from -d 'Read the names from FILE'
$here -l await -d 'Wait until there is one to accept'
$here -x -l take -a '(__fish_complete_command)' \
    -d 'Give each to sh -c COMMAND, then remove it'
$here -x -l failed -a '(__fish_complete_directories (__wholefile_text))' -d 'Move those whose COMMAND fails there'
$here -l headers -d 'Print the name before each FILE, or with -l a header'
$here -s l -l list -d 'List state, holders, size, age and mode'
$here -l json -d 'The same, a JSON object per line'
$here -s z -l zero -d 'With -l or --json: end lines with NUL'
$here -s q -l quiet -d 'Print no messages'
