# completion.zsh FOLDER LINE: what zsh offers at the end of a line, a word each, with the completion
# _moat that lies in the folder. An interactive zsh is asked, on a terminal of its own; it reads this
# file too, without the line.
if [[ $# = 2 ]]; then
  zmodload zsh/zpty
  zpty shell zsh -f -i
  zpty -w shell ". ${(q)0} ${(q)1}"
  zpty -r -m shell shown $'*\nready\r*'
  zpty -w -n shell "$2"$'\t'
  zpty -r -m shell shown $'*\nend\r*'
  print -r -- "$shown" | tr -d '\r' | sed -n 's/^offered: //p'
  exit
fi

PROMPT=
fpath=($1 $fpath)
autoload -Uz compinit
compinit -u -d "$1.dump" # so that it is made only once
bindkey '^I' complete-word
# A call with -O, -A or -D offers nothing: it asks what would match.
compadd() {
  local -a hits
  if [[ " ${(j: :)@[1,(i)(-|--)]}" != *' -'[a-zA-Z]#[OAD]\ * ]]; then
    builtin compadd -A hits "$@"
    [[ $#hits = 0 ]] || printf '\noffered: %s' $hits
  fi
  builtin compadd "$@"
}
tell_end() { printf '\nend\n'; }
comppostfuncs=(tell_end)
printf '\nready\n'
