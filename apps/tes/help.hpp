// How help looks: what it does, how to call it, examples, then options.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace tesseras::tes {

// Gives an app and all its commands our layout. Examples are what an app's footer holds.
void use_our_help(CLI::App& app);

// The command of an app by its name, or nullptr.
const CLI::App* find_command(const CLI::App& app, const std::string& name);

// A word that a person probably meant among an app's commands or options, or empty.
std::string nearest_command(const CLI::App& app, const std::string& word);
std::string nearest_option(const CLI::App& app, const std::string& word);

}  // namespace tesseras::tes
