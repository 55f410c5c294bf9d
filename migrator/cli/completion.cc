#include "common/error.h"
#include "migrator/cli/settings.h"
#include "migrator/cli/sink.h"
#include "migrator/cli/verbs.h"

namespace cli {
namespace {

std::string verb_names() {
  std::string names;
  for (const Verb& verb : verbs()) names += (names.empty() ? "" : " ") + std::string(verb.name);
  return names;
}

std::string flag_names() {
  CommonFlags common;
  Command command("", "", "");
  add_common(command, common);
  std::string names;
  for (const std::string& name : command.flag_names()) names += (names.empty() ? "" : " ") + name;
  return names;
}

std::string bash() {
  return "# sluice completion for bash: eval \"$(sluice completion bash)\"\n"
         "_sluice() {\n"
         "  local word=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}\n"
         "  case $previous in\n"
         "    --migrations|-m|--backup-dir|--pg-bin) COMPREPLY=($(compgen -d -- \"$word\")); return;;\n"
         "    --file|-f) COMPREPLY=($(compgen -f -- \"$word\")); return;;\n"
         "    --output|-o) COMPREPLY=($(compgen -W 'text json' -- \"$word\")); return;;\n"
         "  esac\n"
         "  if [ \"$COMP_CWORD\" = 1 ]; then\n"
         "    COMPREPLY=($(compgen -W '" +
         verb_names() +
         "' -- \"$word\"))\n"
         "  elif [[ $word == -* ]]; then\n"
         "    COMPREPLY=($(compgen -W '" +
         flag_names() +
         "' -- \"$word\"))\n"
         "  else\n"
         "    COMPREPLY=($(compgen -W 'heads head base' -- \"$word\"))\n"
         "  fi\n"
         "}\n"
         "complete -F _sluice sluice\n";
}

std::string zsh() {
  std::string text = "#compdef sluice\n_sluice() {\n  local -a verbs=(\n";
  for (const Verb& verb : verbs()) {
    std::string summary = verb.summary;
    for (std::size_t at = 0; (at = summary.find('\'', at)) != std::string::npos; at += 4)
      summary.replace(at, 1, "'\\''");
    text += std::string("    '") + verb.name + ":" + summary + "'\n";
  }
  return text + "  )\n  if (( CURRENT == 2 )); then\n    _describe verb verbs\n  else\n    compadd -- " + flag_names() +
         " heads head base\n    _files\n  fi\n}\ncompdef _sluice sluice\n";
}

std::string fish() {
  std::string text = "# sluice completion for fish: sluice completion fish | source\n";
  for (const Verb& verb : verbs()) {
    std::string summary = verb.summary;
    for (std::size_t at = 0; (at = summary.find('\'', at)) != std::string::npos; at += 2) summary.replace(at, 1, "\\'");
    text += std::string("complete -c sluice -f -n __fish_use_subcommand -a ") + verb.name + " -d '" + summary + "'\n";
  }
  CommonFlags common;
  Command command("", "", "");
  add_common(command, common);
  for (const std::string& name : command.flag_names()) text += "complete -c sluice -l " + name.substr(2) + "\n";
  return text;
}

}  // namespace

int completion(const Words& words) {
  std::string shell;
  Command command("completion", "SHELL", "completion script for bash, zsh or fish");
  command.argument("SHELL", &shell, "bash, zsh or fish", true);
  command.example("eval \"$(sluice completion bash)\"", "in ~/.bashrc");
  if (const auto code = command.parse(words)) return *code;
  if (shell == "bash") {
    print(bash());
  } else if (shell == "zsh") {
    print(zsh());
  } else if (shell == "fish") {
    print(fish());
  } else {
    throw PermanentError("no completion for \"" + shell + "\": bash, zsh or fish", report::ExitCode::kUsage);
  }
  return 0;
}

}  // namespace cli
