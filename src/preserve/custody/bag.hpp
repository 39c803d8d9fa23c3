// BagIt 1.0 (RFC 8493): the tag files around a payload, and reading the manifests of others.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "foundation/base/time.hpp"
#include "foundation/crypto/sha256.hpp"
#include "foundation/crypto/sha512.hpp"
#include "preserve/custody/tools.hpp"

namespace tesseras::custody {

struct BagDigests {
  crypto::Sha256Hash sha256;
  crypto::Sha512Hash sha512;
  std::uint64_t size_bytes = 0;
};

// By path inside the bag: "data/…" for the payload.
using BagFiles = std::map<std::string, BagDigests>;

inline constexpr std::string_view bag_payload_folder = "data/";

// Every tag file of a bag with this payload, by its name: bagit.txt, bag-info.txt, the payload
// manifests and the tag manifests.
std::map<std::string, std::string> bag_tag_files(const BagFiles& payload, base::WallTime made);

// Holds the tag files of a bag against what its payload was found to be. corrupt, naming the
// file, when a manifest misses or misstates one; invalid when bagit.txt is not of BagIt 0.97
// or 1.0 in UTF-8, or a manifest cannot be parsed; unsupported with neither SHA-256 nor SHA-512.
Result<void> check_bag(const std::map<std::string, std::string>& tag_files,
                       const BagFiles& payload);

}  // namespace tesseras::custody
