// The files of a tessera that is to be encrypted: its media still in the folder that they were
// read from, its texts in a spool. None of it is anywhere in the clear that was not so before.
#pragma once

#include <unordered_map>

#include "preserve/custody/assembly.hpp"
#include "preserve/custody/files.hpp"
#include "preserve/custody/spool.hpp"

namespace tesseras::custody {

// Borrows all that it is given. One thread at a time.
class InnerFiles : public Files {
 public:
  InnerFiles(const CreateOptions& options, std::span<const Share> shares, const Assembled& inner,
             Spool& texts, Tools& tools);

  Result<void> find() override { return {}; }
  Result<std::string> manifest() override { return inner_.manifest.text(); }
  Result<base::Bytes> signature(std::string_view path) override;
  // Good until the next is opened. Those of intake::open_candidate; conflict when a file is not
  // any more what was listed.
  Result<OpenFile> open(const tessera::ManifestEntry& entry) override;
  Result<std::vector<Extra>> extra(const tessera::Manifest&) override {
    return std::vector<Extra>{};
  }

 private:
  // Where the bytes of a listed media file are: all of a memory's, or a part.
  struct Place {
    const Memory* memory;
    std::uint64_t offset;
    std::uint64_t size_bytes;
  };

  Result<OpenFile> open_media(const Place& place);
  Result<std::shared_ptr<runtime::File>> open_original(const Memory& memory);

  const CreateOptions& options_;
  const Assembled& inner_;
  Spool& texts_;
  Tools& tools_;
  std::unordered_map<crypto::Blake3Hash, Place> media_;
};

}  // namespace tesseras::custody
