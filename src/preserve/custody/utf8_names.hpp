// libarchive takes names for what the locale says, and gives up on others. Archives say UTF-8.
#pragma once

namespace tesseras::custody {

// While it lives, names are UTF-8 for the thread that made it, which must also end it; where the
// system has no such locale, they stay as they are.
class Utf8Names {
 public:
  Utf8Names();
  ~Utf8Names();
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;

 private:
  void* before_;  // locale_t
};

}  // namespace tesseras::custody
