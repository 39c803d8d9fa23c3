// The languages that pages speak.
#pragma once

namespace tesseras::paper {

enum class Language { english, portuguese };

}  // namespace tesseras::paper
