#include "apps/command_line/help.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>

#include "foundation/base/text.hpp"

namespace tesseras::command_line {
namespace {

constexpr std::size_t help_columns = 100;

// `text` in lines of at most the width, each behind `indent` spaces but the first.
std::string wrapped(const std::string& text, std::size_t indent) {
  std::string out, line;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    if (!line.empty() && indent + line.size() + 1 + word.size() > help_columns) {
      out += line + '\n' + std::string(indent, ' ');
      line.clear();
    }
    line += (line.empty() ? "" : " ") + word;
  }
  return out + line;
}

std::string table(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::size_t width = 0;
  for (const auto& [name, text] : rows) width = std::max(width, name.size());
  std::string out;
  for (const auto& [name, text] : rows) {
    out += fmt::format("  {:{}}  {}\n", name, width, wrapped(text, width + 4));
  }
  return out;
}

std::string shown_name(const CLI::Option& option) {
  std::string name;
  const auto& shorts = option.get_snames();
  const auto& longs = option.get_lnames();
  name += shorts.empty() ? "    " : "-" + shorts.front() + (longs.empty() ? "" : ", ");
  if (!longs.empty()) name += "--" + longs.front();
  if (option.get_items_expected_max() > 0) name += " <" + option.get_type_name() + ">";
  return name;
}

std::string shown_text(const CLI::Option& option) {
  std::string text = option.get_description();
  if (!option.get_default_str().empty()) text += " [default: " + option.get_default_str() + "]";
  return text;
}

class OurHelp : public CLI::Formatter {
 public:
  std::string make_help(const CLI::App* app, std::string, CLI::AppFormatMode) const override {
    std::string out = wrapped(app->get_description(), 0) + "\n\nUsage: " + usage(*app) + "\n";
    // The library hands a footer down; another command's examples explain nothing.
    const bool inherited =
        app->get_parent() != nullptr && app->get_footer() == app->get_parent()->get_footer();
    if (!app->get_footer().empty() && !inherited) out += "\nExamples:\n" + app->get_footer() + "\n";
    std::vector<std::pair<std::string, std::string>> commands, arguments, options;
    for (const auto* command : app->get_subcommands([](const CLI::App*) { return true; })) {
      if (!command->get_group().empty()) {
        commands.emplace_back(command->get_name(), first_sentence(command->get_description()));
      }
    }
    for (const auto* option : app->get_options()) {
      if (option->get_group().empty()) continue;
      if (option->get_positional()) {
        arguments.emplace_back(argument(*option), shown_text(*option));
      } else {
        options.emplace_back(shown_name(*option), shown_text(*option));
      }
    }
    if (!commands.empty()) out += "\nCommands:\n" + table(commands);
    if (!arguments.empty()) out += "\nArguments:\n" + table(arguments);
    if (!options.empty()) out += "\nOptions:\n" + table(options);
    if (app->get_parent() != nullptr) {
      const auto& command = command_below_root(*app);
      const auto& program = command.get_parent()->get_name();
      out += fmt::format("\nOptions of every command: {0} --help. The manual: man {0}-{1}\n",
                         program, command.get_name());
    }
    return out;
  }

 private:
  static std::string argument(const CLI::Option& option) {
    return "<" + option.get_name(true) + ">";
  }

  static const CLI::App& command_below_root(const CLI::App& app) {
    const CLI::App* command = &app;
    while (command->get_parent()->get_parent() != nullptr) command = command->get_parent();
    return *command;
  }

  static std::string usage(const CLI::App& app) {
    std::string path = path_of(app);
    for (const auto* option : app.get_options()) {
      if (!option->get_positional() || option->get_group().empty()) continue;
      path += option->get_required() ? " " + argument(*option) : " [" + argument(*option) + "]";
    }
    path += " [OPTIONS]";
    const bool has_commands = !app.get_subcommands([](const CLI::App*) { return true; }).empty();
    return has_commands ? path + " <COMMAND>" : path;
  }
};

// A slip of the finger, or the beginning of one name alone.
std::string nearest_or_begun(const std::string& word, const std::vector<std::string>& names) {
  const std::vector<std::string_view> views(names.begin(), names.end());
  if (const auto close = base::nearest(word, views); !close.empty()) return std::string(close);
  const auto begins = [&](const std::string& name) {
    return word.size() >= 3 && name.starts_with(word);
  };
  const auto first = std::ranges::find_if(names, begins);
  return std::ranges::count_if(names, begins) == 1 ? *first : "";
}

}  // namespace

void use_our_help(CLI::App& app) {
  app.formatter(std::make_shared<OurHelp>());
  app.set_help_flag("-h,--help", "Print help");
  for (auto* command : app.get_subcommands([](CLI::App*) { return true; })) use_our_help(*command);
}

std::string first_sentence(const std::string& text) {
  const auto sentence = text.substr(0, text.find(". "));
  return sentence.ends_with('.') ? sentence.substr(0, sentence.size() - 1) : sentence;
}

const CLI::App* find_command(const CLI::App& app, const std::string& name) {
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (command->get_name() == name) return command;
  }
  return nullptr;
}

std::string path_of(const CLI::App& app) {
  std::string path = app.get_name();
  for (const auto* above = app.get_parent(); above != nullptr; above = above->get_parent()) {
    path = above->get_name() + " " + path;
  }
  return path;
}

std::string listed(const std::vector<std::string>& names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i != 0) out += i + 1 == names.size() ? " or " : ", ";
    out += names[i];
  }
  return out;
}

std::string not_one_of(const std::string& value, const std::vector<std::string>& known) {
  const auto close = nearest_or_begun(value, known);
  return fmt::format("there is no '{}'; {}", base::to_printable(value),
                     close.empty() ? "choose " + listed(known) : "did you mean '" + close + "'?");
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (!command->get_group().empty()) names.push_back(command->get_name());
  }
  return names;
}

std::string nearest_command(const CLI::App& app, const std::string& word) {
  return nearest_or_begun(word, command_names(app));
}

std::string nearest_option(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const auto* at = &app; at != nullptr; at = at->get_parent()) {
    for (const auto* option : at->get_options()) {
      for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    }
  }
  return nearest_or_begun(word.substr(0, word.find('=')), names);
}

}  // namespace tesseras::command_line
