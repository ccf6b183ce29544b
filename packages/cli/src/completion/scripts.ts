/**
 * What shells load. Each script hands the words up to the cursor to `selvedge __complete` and takes a candidate a line from
 * it, with a tab before the description; the line `:files` asks for names of files.
 */

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** Bash parts words at equals signs, so they are put together, and what stands before the last one is not given back. */
const BASH = `# bash completion of selvedge: source <(selvedge completion bash)
_selvedge() {
  local line word glue="" current=""
  local -a words=()
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ ( $word == "=" || -n $glue ) && \${#words[@]} -gt 0 ]]; then
      words[\${#words[@]}-1]+=$word
    else
      words+=("$word")
    fi
    if [[ $word == "=" ]]; then glue=1; else glue=""; fi
  done
  current=\${words[\${#words[@]}-1]}
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == ":files" ]]; then
      compopt -o default 2>/dev/null
      continue
    fi
    word=\${line%%$'\\t'*}
    if [[ $word == */ || $word == *= ]]; then compopt -o nospace 2>/dev/null; fi
    if [[ $current == *=* ]]; then word=\${word#"\${current%=*}="}; fi
    COMPREPLY+=("$word")
  done < <("\${COMP_WORDS[0]}" __complete -- "\${words[@]}" 2>/dev/null)
}
complete -F _selvedge selvedge
`;

const ZSH = `#compdef selvedge
# zsh completion of selvedge: source <(selvedge completion zsh), or a file _selvedge in $fpath
_selvedge() {
  local line word
  local -a found open
  while IFS= read -r line; do
    if [[ $line == ":files" ]]; then
      _files
      return
    fi
    word=\${line%%$'\\t'*}
    word=\${word//:/\\\\:}
    if [[ $line == *$'\\t'* ]]; then word+=":\${line#*$'\\t'}"; fi
    if [[ \${line%%$'\\t'*} == */ || \${line%%$'\\t'*} == *= ]]; then
      open+=("$word")
    else
      found+=("$word")
    fi
  done < <("\${words[1]}" __complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( \${#open} )) && _describe -t open selvedge open -S ''
  (( \${#found} )) && _describe -t found selvedge found
}
if [[ \${funcstack[1]} == _selvedge ]]; then
  _selvedge "$@"
else
  compdef _selvedge selvedge
fi
`;

const FISH = `# fish completion of selvedge: selvedge completion fish | source
function __selvedge_complete
  set -l words (commandline -opc)
  set -l current (commandline -ct)
  for line in ($words[1] __complete -- $words[2..-1] "$current" 2>/dev/null)
    if test "$line" = ":files"
      __fish_complete_path "$current"
    else
      printf '%s\\n' $line
    end
  end
end
complete -c selvedge -f -a '(__selvedge_complete)'
`;

export const COMPLETION_SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: BASH,
  zsh: ZSH,
  fish: FISH,
};
