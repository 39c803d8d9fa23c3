// The part of `tes heir` that puts shares together.
#pragma once

#include "apps/tes/session.hpp"

namespace tesseras::tes {

void add_heir_reconstruct(CLI::App& heir, Chosen& chosen);
void add_heir_drill(CLI::App& heir, Chosen& chosen);

}  // namespace tesseras::tes
