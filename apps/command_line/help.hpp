// How help looks: what it does, how to call it, examples, then options.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace tesseras::command_line {

// Gives an app and all its commands our layout. Examples are what an app's footer holds.
void use_our_help(CLI::App& app);

// The command of an app by its name, or nullptr.
const CLI::App* find_command(const CLI::App& app, const std::string& name);

// A word that a person probably meant among an app's commands or options, or empty.
std::string nearest_command(const CLI::App& app, const std::string& word);
std::string nearest_option(const CLI::App& app, const std::string& word);

// "there is no 'zipp'; choose dir, tar or bag": why a value is refused.
std::string not_one_of(const std::string& value, const std::vector<std::string>& known);

// What a description begins with.
std::string first_sentence(const std::string& text);

// "tes vault check": the words that lead to a command.
std::string path_of(const CLI::App& app);

// "check, rebuild or sweep".
std::string listed(const std::vector<std::string>& names);

// The names of the commands below one, without those that only scripts use.
std::vector<std::string> command_names(const CLI::App& app);

}  // namespace tesseras::command_line
