#include "apps/command_line/help.hpp"

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "apps/tes/json_output.hpp"
#include "apps/tes/session.hpp"
#include "foundation/base/text.hpp"

namespace tesseras::tes {

using command_line::find_command;
using command_line::nearest_command;

void add_help(CLI::App& app, Chosen& chosen) {
  auto* command = app.add_subcommand("help", "Print this message or the help of the given command");
  auto words = std::make_shared<std::vector<std::string>>();
  command->add_option("command", *words, "The command to explain")->type_name("COMMAND");
  command->callback([&app, &chosen, words] {
    chosen = {"help", [&app, words](Session& session) -> Result<int> {
                const CLI::App* at = &app;
                for (const auto& word : *words) {
                  const auto* below = find_command(*at, word);
                  if (below == nullptr) {
                    const auto close = nearest_command(*at, word);
                    return base::fail(
                        base::Code::invalid, "there is no command '{}'{}", base::to_printable(word),
                        close.empty() ? "; see `tes help`" : "; did you mean '" + close + "'?");
                  }
                  at = below;
                }
                // Not at->help(): of the root it gives that of the command that was called, ours.
                std::string text =
                    at->get_formatter()->make_help(at, "", CLI::AppFormatMode::Normal);
                if (session.json()) {
                  print_json(session.terminal(), "help", {{"text", text}});
                  return 0;
                }
                text.pop_back();  // out() ends the line itself
                session.terminal().out(text);
                return 0;
              }};
  });
}

}  // namespace tesseras::tes
