// `tes completions SHELL` prints a script; the script asks `tes __complete WORDS…`, which knows
// the commands, the options and the vault. So the three shells complete the same, and nothing
// is listed twice.

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <array>

#include "apps/command_line/help.hpp"
#include "apps/tes/json_output.hpp"
#include "apps/tes/session.hpp"
#include "foundation/base/text.hpp"

namespace tesseras::tes {
namespace {

using command_line::find_command;
using command_line::first_sentence;

// Printed instead of candidates where the shell itself knows best.
constexpr std::string_view complete_files = ":files";
constexpr std::string_view complete_folders = ":folders";

// bash takes --format=tar for three words; the other two for one, of which only the value is
// completed.
constexpr std::string_view bash_script = R"sh(# bash completion for tes
_tes() {
  local words=() candidates i
  for ((i = 1; i <= COMP_CWORD; i++)); do
    if [[ ${COMP_WORDS[i]} == = && ${words[-1]-} == --* ]]; then
      words[-1]+==
    elif [[ ${words[-1]-} == --*= ]]; then
      words[-1]+=${COMP_WORDS[i]}
    else
      words+=("${COMP_WORDS[i]}")
    fi
  done
  candidates=$("${COMP_WORDS[0]}" __complete -- "${words[@]}" 2>/dev/null)
  local current=${COMP_WORDS[COMP_CWORD]}
  [[ $current != = ]] || current=
  case $candidates in
    :files) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    :folders) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
    *) mapfile -t COMPREPLY < <(compgen -W "$(cut -f1 <<< "$candidates")" -- "$current") ;;
  esac
}
complete -F _tes tes
)sh";

constexpr std::string_view zsh_script = R"sh(#compdef tes
_tes() {
  local -a lines candidates
  lines=("${(@f)$("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  [[ $PREFIX != --*=* ]] || compset -P '--*='
  case ${lines[1]} in
    :files) _files ;;
    :folders) _files -/ ;;
    *)
      local line
      for line in $lines; do
        [[ -n $line ]] && candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
      done
      _describe tes candidates ;;
  esac
}
if [ "$funcstack[1]" = _tes ]; then _tes "$@"; else compdef _tes tes; fi
)sh";

constexpr std::string_view fish_script = R"sh(# fish completion for tes
function __tes_complete
    set -l current (commandline -ct)
    set -l words (commandline -opc) $current
    set -l candidates ($words[1] __complete -- $words[2..] 2>/dev/null)
    set -l option (string match -r -- '^--[^=]*=' $current)
    set -l value (string replace -r -- '^--[^=]*=' '' $current)
    switch "$candidates[1]"
        case ':files'
            printf "$option%s\n" (__fish_complete_path $value)
        case ':folders'
            printf "$option%s\n" (__fish_complete_directories $value)
        case '*'
            printf "$option%s\n" $candidates
    end
end
complete -c tes -f -a '(__tes_complete)'
)sh";

struct Shell {
  std::string_view name;
  std::string_view script;
};
constexpr std::array<Shell, 3> shells = {
    {{"bash", bash_script}, {"zsh", zsh_script}, {"fish", fish_script}}};

using Candidates = std::vector<std::pair<std::string, std::string>>;  // word, description

// The vault that the line being typed is about, which need not be the default one.
Result<Candidates> hashes(const std::string& data_dir) {
  GlobalOptions options;
  options.data_dir = data_dir;
  Session session(options, TRY(data_dir_of(options)), {}, {});
  auto vault = TRY(session.open_vault());
  Candidates found;
  for (const auto& tessera : TRY(vault->list())) {
    found.emplace_back(tessera.content_hash.hex(), base::to_printable(tessera.title));
  }
  return found;
}

std::string data_dir_among(const std::vector<std::string>& words) {
  constexpr std::string_view option = "--data-dir";
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i] == option) return words[i + 1];
    if (words[i].starts_with(std::string(option) + "=")) return words[i].substr(option.size() + 1);
  }
  return "";
}

// What may stand where a value of this kind is wanted.
Candidates values_of(const CLI::Option& option, const std::vector<std::string>& typed) {
  const std::string type = option.get_type_name();
  const auto words = [](std::initializer_list<const char*> list) {
    Candidates found;
    for (const char* word : list) found.emplace_back(word, "");
    return found;
  };
  if (type == "HASH" || type == "HASH|DIR") {
    const std::string& current = typed.back();
    if (type == "HASH|DIR" && current.find_first_of("./~") != std::string::npos) {
      return {{std::string(complete_folders), ""}};
    }
    auto found = hashes(data_dir_among(typed));
    if (type == "HASH|DIR" && (!found || found->empty())) {
      return {{std::string(complete_folders), ""}};
    }
    return found ? *found : Candidates{};
  }
  if (type == "FILE") return {{std::string(complete_files), ""}};
  if (type == "PATH") return {{std::string(complete_files), ""}};
  if (type == "DIR" || type == "DATA_DIR") return {{std::string(complete_folders), ""}};
  if (type == "WHEN") return words({"auto", "always", "never"});
  if (type == "VISIBILITY") return words({"public", "private", "circle", "sealed"});
  if (type == "FORMAT") return words({"dir", "tar", "bag"});
  if (type == "EN_OR_PT") return words({"en", "pt"});
  if (type == "SHELL") return words({"bash", "zsh", "fish"});
  return {};
}

const CLI::Option* option_named(const CLI::App& command, const std::string& word) {
  for (const auto* app = &command; app != nullptr; app = app->get_parent()) {
    for (const auto* option : app->get_options()) {
      if (!option->get_positional() && option->check_name(word)) return option;
    }
  }
  return nullptr;
}

Candidates option_names(const CLI::App& command) {
  Candidates found;
  for (const auto* app = &command; app != nullptr; app = app->get_parent()) {
    for (const auto* option : app->get_options()) {
      for (const auto& name : option->get_lnames()) {
        found.emplace_back("--" + name, first_sentence(option->get_description()));
      }
    }
  }
  return found;
}

bool wants_value(const CLI::Option* option) {
  return option != nullptr && option->get_items_expected_max() > 0;
}

// `words` are those behind "tes", the last one being typed.
Candidates complete(const CLI::App& root, const std::vector<std::string>& words) {
  const CLI::App* at = &root;
  std::size_t positionals = 0;
  bool is_help = false;  // then the words are commands as if help did not stand before them
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    if (words[i].starts_with('-')) {
      const bool value_follows = wants_value(option_named(*at, words[i]));
      if (value_follows && i + 2 < words.size()) ++i;
      continue;
    }
    const auto* below = find_command(*at, words[i]);
    if (below != nullptr && at == &root && below->get_name() == "help") {
      is_help = true;
    } else if (below != nullptr) {
      at = below;
    } else {
      ++positionals;
    }
  }
  const std::string current = words.empty() ? "" : words.back();
  if (words.size() >= 2) {
    const auto* option = option_named(*at, words[words.size() - 2]);
    if (wants_value(option)) return values_of(*option, words);
  }
  if (const auto equals = current.find('='); current.starts_with("--") && equals != current.npos) {
    const auto* option = option_named(*at, current.substr(0, equals));
    return wants_value(option) ? values_of(*option, words) : Candidates{};
  }
  if (current.starts_with('-')) return option_names(*at);
  Candidates found;
  for (const auto* command : at->get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_group().empty()) {
      found.emplace_back(command->get_name(), first_sentence(command->get_description()));
    }
  }
  if (is_help) return found;
  for (const auto* option : at->get_options()) {
    if (!option->get_positional()) continue;
    if (positionals-- == 0) return values_of(*option, words);
  }
  return found;
}

}  // namespace

void add_completions(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand("completions", "Print a completion script for your shell");
  command->footer(
      "  tes completions bash > ~/.local/share/bash-completion/completions/tes\n"
      "  tes completions zsh > ~/.local/share/zsh/site-functions/_tes\n"
      "  tes completions fish > ~/.config/fish/completions/tes.fish");
  auto shell = std::make_shared<std::string>();
  command->add_option("shell", *shell, "bash, zsh or fish")->type_name("SHELL")->required();
  command->callback([&chosen, shell] {
    chosen = {"completions", [shell](Session& session) -> Result<int> {
                for (const auto& known : shells) {
                  if (known.name != *shell) continue;
                  if (session.json()) {
                    print_json(session.terminal(), "completions",
                               {{"shell", known.name}, {"script", known.script}});
                    return 0;
                  }
                  session.terminal().out(known.script.substr(0, known.script.size() - 1));
                  return 0;
                }
                return base::fail(base::Code::invalid,
                                  "there are no completions for '{}'; choose bash, zsh or fish",
                                  base::to_printable(*shell));
              }};
  });

  auto* hidden = app.add_subcommand("__complete", "")->group("");
  auto words = std::make_shared<std::vector<std::string>>();
  hidden->add_option("words", *words, "");
  hidden->callback([&app, &chosen, words] {
    chosen = {"__complete", [&app, words](Session& session) -> Result<int> {
                for (const auto& [word, text] : complete(app, *words)) {
                  session.terminal().out(text.empty() ? word : word + "\t" + text);
                }
                return 0;
              }};
  });
}

}  // namespace tesseras::tes
