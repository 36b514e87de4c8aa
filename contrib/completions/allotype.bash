# SPDX-License-Identifier: Apache-2.0
# Completion of allotype(1) for bash.
_allotype() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
	local list=

	if [ "$COMP_CWORD" -eq 1 ]; then
		list='run what heap meta help --help --version'
	else
		case ${COMP_WORDS[1]},$before in
		help,*) list='run what heap meta' ;;
		heap,--by) list='type site typed-site allocator' ;;
		heap,--top | heap,--pprof) ;;
		meta,meta) list='build show sites' ;;
		heap,* | what,*)
			case $word in
			-*)
				list='--collect --json'
				[ "${COMP_WORDS[1]}" = what ] ||
					list="$list --by --top --pprof"
				;;
			*) list=$(ps -o pid= -u "$(id -u)") ;;
			esac
			;;
		run,--option)
			mapfile -t COMPREPLY < <(compgen -S = -W "$(
				allotype run --help-options 2> /dev/null |
					sed -n 's/^  \([a-z_]*\)=.*/\1/p')" -- "$word")
			return
			;;
		run,run | run,--*)
			mapfile -t COMPREPLY < <(
				compgen -W '--option --help-options --' -- "$word"
				compgen -c -- "$word")
			return
			;;
		run,*)
			mapfile -t COMPREPLY < <(compgen -c -- "$word")
			return
			;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$list" -- "$word")
}
complete -o default -F _allotype allotype
