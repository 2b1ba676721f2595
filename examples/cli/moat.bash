# Completion for bash. Commands and options are asked of the program, whose help lists them all, so
# that nothing here goes out of date.

# What matches the group of a pattern at the start of the lines of help.
_moat_help() { # PATTERN PROGRAM [COMMAND]
  local pattern=$1
  shift
  "$@" --help 2> /dev/null < /dev/null | sed -n "s/^  $pattern.*/\1/p"
}

_moat_names() {
  local folder=${MOAT_HOME:-} file
  [[ $folder ]] || folder=${XDG_CONFIG_HOME:-$HOME/.config}/moat
  for file in "$folder"/*.conf; do
    file=${file##*/}
    file=${file%.conf}
    [[ $file = -* || $file = *[!A-Za-z0-9._-]* ]] || printf '%s\n' "$file"
  done
}

_moat_values() { # OPTION
  case $1 in
    --provider) printf '%s\n' entra google github custom ;;
    --cloud) printf '%s\n' global usgov china ;;
    --auth) printf '%s\n' none omitted post basic basic-raw tls private-key-jwt client-secret-jwt federated ;;
    --key-algorithm) printf '%s\n' ES256 ES384 RS256 PS256 ;;
    --grant) printf '%s\n' client-credentials jwt-bearer token-exchange ;;
    --shared) printf '%s\n' yes no ;;
    --account) printf '%s\n' select ;;
    --format)
      case $command in
        token) printf '%s\n' header xoauth2 ;;
        import) printf '%s\n' ballerina json rclone token ;;
        *) printf '%s\n' ballerina env json onedrive rclone ;;
      esac
      ;;
    --secret-file | --client-certificate | --client-key | --client-assertion | --assertion-file | --initial-token-file | --service-account | --ca | --proxy-credentials | -o) compgen -f -- "$current" ;;
  esac
}

_moat() {
  local program=${1/#'~/'/"$HOME/"} current=${COMP_WORDS[COMP_CWORD]} command='' name='' option='' valued i word
  # What is before the cursor: the command, the NAME, and an option that waits for its value.
  # --option=value is three words here.
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    if [[ $word = '=' ]]; then
      continue
    elif [[ $option ]]; then
      option=''
    elif [[ $word = -* ]]; then
      valued=$(_moat_help '\(-[^ ]*\) ["A-Z]' "$program" ${command:+"$command"})
      [[ $'\n'$valued$'\n' != *$'\n'"$word"$'\n'* ]] || option=$word
    elif [[ ! $command ]]; then
      command=$word
    else
      name=$word
    fi
  done
  [[ $current != '=' ]] || current=''
  case $option in
    --secret-file | --client-certificate | --client-key | --client-assertion | --assertion-file | --initial-token-file | --service-account | --ca | --proxy-credentials | -o) compopt -o filenames 2> /dev/null ;; # quotes blanks, adds slashes
  esac

  COMPREPLY=()
  while IFS= read -r word; do
    [[ $word != "$current"* ]] || COMPREPLY+=("$word")
  done < <(
    if [[ $option ]]; then
      _moat_values "$option"
    elif [[ ! $command || ($command = help && ! $name) ]]; then
      _moat_help 'moat \([a-z-]*\)' "$program"
      [[ $current != -* || $command ]] || printf '%s\n' --help --version
    elif [[ $name && $command != keep || $current = -* ]]; then
      _moat_help '\(-[^ ]*\)' "$program" "$command"
      [[ $command != secret || $current = -* ]] || compgen -f -- "$current"
    elif [[ $command != init && $command != list ]]; then # the one makes a new one, the other takes none
      _moat_names
    fi
  )
}

complete -F _moat moat
