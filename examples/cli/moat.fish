# Completion for fish. Commands and options are asked of the program, whose help lists them all, so
# that nothing here goes out of date.

# Prints NAME, a tab and DESCRIPTION for each line of help that begins with a pattern and a name.
function __moat_help # PATTERN PROGRAM [COMMAND]
    set -l found
    for line in ($argv[2..] --help 2>/dev/null </dev/null)
        if set -l parts (string match -r -- "^  $argv[1]([-a-z]+)(?: .*)?  +(.*)\$" $line)
            set -a found (printf '%s\t%s' $parts[2] $parts[3])
        else if set -q found[1]; and set -l rest (string match -r -- '^ {20,}(.*)$' $line)
            set found[-1] "$found[-1] $rest[2]" # the rest of a description
        end
    end
    printf '%s\n' $found
end

# Prints the options that take a value.
function __moat_valued # PROGRAM [COMMAND]
    $argv --help 2>/dev/null </dev/null | string replace -rf '^  (-[^ ]*) ["A-Z].*' '$1'
end

function __moat_names
    set -l folder $MOAT_HOME
    test -n "$folder"; or set folder $XDG_CONFIG_HOME/moat
    test $folder != /moat; or set folder $HOME/.config/moat
    string replace -r '.*/(.*)\.conf$' '$1' -- $folder/*.conf | string match -r '^[A-Za-z0-9_][A-Za-z0-9._-]*$'
end

function __moat_values # OPTION COMMAND CURRENT
    switch $argv[1]
        case --provider
            printf '%s\n' entra google github custom
        case --cloud
            printf '%s\n' global usgov china
        case --auth
            printf '%s\n' none omitted post basic basic-raw tls private-key-jwt client-secret-jwt federated
        case --key-algorithm
            printf '%s\n' ES256 ES384 RS256 PS256
        case --grant
            printf '%s\n' client-credentials jwt-bearer token-exchange
        case --shared
            printf '%s\n' yes no
        case --account
            echo select
        case --format
            switch $argv[2]
                case token
                    printf '%s\n' header xoauth2
                case import
                    printf '%s\n' ballerina json rclone token
                case '*'
                    printf '%s\n' ballerina env json onedrive rclone
            end
        case --secret-file --client-certificate --client-key --client-assertion --assertion-file --initial-token-file --service-account --ca --proxy-credentials -o
            __fish_complete_path $argv[3]
    end
end

function __moat_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    set -l command ''
    set -l name ''
    set -l option ''
    # What is before the cursor: the command, the NAME, and an option that waits for its value.
    for word in $words[2..]
        if test -n "$option"
            set option ''
        else if string match -q -- '-*' $word
            contains -- $word (__moat_valued $program (string match -v '' -- $command)); and set option $word
        else if test -z "$command"
            set command $word
        else
            set name $word
        end
    end
    set -l parts (string match -r -- '^(--[a-z-]+)=(.*)$' "$current")
    if test -n "$option"
        __moat_values $option $command $current
    else if set -q parts[3]
        __moat_values $parts[2] $command $parts[3] | string replace -r '^' -- "$parts[2]="
    else if string match -q -- '-*' "$current"
        if test -n "$command"
            __moat_help '(?=-)' $program $command
        else
            printf '%s\n' --help --version
        end
    else if test -z "$command"; or test "$command" = help -a -z "$name"
        __moat_help 'moat ' $program
    else if contains -- $command init list help; or test -n "$name" -a "$command" != keep
        test "$command" != secret; or __fish_complete_path $current
    else
        __moat_names
    end
end

complete -c moat -f -a '(__moat_complete)'
