#compdef moat
# Completion for zsh. Commands and options are asked of the program, whose help lists them all, so
# that nothing here goes out of date.

# Sets `reply` to NAME:DESCRIPTION for each line of help that begins with a pattern and a name.
_moat_help() { # PATTERN PROGRAM [COMMAND]
  local pattern=$1 line match mbegin mend
  shift
  reply=()
  for line in ${(f)"$("$@" --help 2> /dev/null < /dev/null)"}; do
    if [[ $line =~ "^  ${pattern}([-a-z]+)( .*)?  +(.*)\$" ]]; then
      reply+=("$match[1]:$match[3]")
    elif [[ $#reply -gt 0 && $line =~ '^ {20,}(.*)$' ]]; then # the rest of a description
      reply[-1]+=" $match[1]"
    fi
  done
}

# Sets `reply` to the options that take a value.
_moat_valued() { # PROGRAM [COMMAND]
  reply=(${(f)"$("$@" --help 2> /dev/null < /dev/null | sed -n 's/^  \(-[^ ]*\) ["A-Z].*/\1/p')"})
}

_moat_names() {
  local folder=${MOAT_HOME:-${XDG_CONFIG_HOME:-$HOME/.config}/moat}
  local -a names=($folder/*.conf(N:t:r))
  names=(${${names:#-*}:#*[^A-Za-z0-9._-]*})
  compadd -a names
}

_moat_values() { # OPTION COMMAND
  case $1 in
    --provider) compadd entra google github custom ;;
    --cloud) compadd global usgov china ;;
    --auth) compadd none omitted post basic basic-raw tls private-key-jwt client-secret-jwt federated ;;
    --key-algorithm) compadd ES256 ES384 RS256 PS256 ;;
    --grant) compadd client-credentials jwt-bearer token-exchange ;;
    --shared) compadd yes no ;;
    --account) compadd select ;;
    --format)
      case $2 in
        token) compadd header xoauth2 ;;
        import) compadd ballerina json rclone token ;;
        *) compadd ballerina env json onedrive rclone ;;
      esac
      ;;
    --secret-file | --client-certificate | --client-key | --client-assertion | --assertion-file | --initial-token-file | --service-account | --ca | --proxy-credentials | -o) _files ;;
  esac
}

_moat() {
  local program=${${(Q)words[1]}/#\~\//$HOME/} command='' name='' option='' word
  local -a reply
  # What is before the cursor: the command, the NAME, and an option that waits for its value.
  for word in ${words[2,CURRENT-1]}; do
    if [[ $option ]]; then
      option=''
    elif [[ $word = -* ]]; then
      _moat_valued $program $command
      [[ ${reply[(Ie)$word]} = 0 ]] || option=$word
    elif [[ ! $command ]]; then
      command=$word
    else
      name=$word
    fi
  done
  if [[ ! $option && $PREFIX = --*=* ]]; then
    option=${PREFIX%%=*}
    compset -P '*='
  fi
  if [[ $option ]]; then
    _moat_values $option $command
  elif [[ $PREFIX = -* ]]; then
    if [[ $command ]]; then _moat_help '' $program $command; else reply=(--help --version); fi
    _describe -o option reply
  elif [[ ! $command || ($command = help && ! $name) ]]; then
    _moat_help 'moat ' $program
    _describe command reply
  elif [[ $command = (init|list|help) || ($name && $command != keep) ]]; then
    [[ $command != secret ]] || _files
  else
    _moat_names
  fi
}

_moat "$@"
