// Is a tessera what its creator signed? Every file, nothing beyond, both signatures.
#pragma once

#include <optional>
#include <string>

#include "preserve/custody/files.hpp"
#include "preserve/custody/tools.hpp"
#include "preserve/identity/identity.hpp"
#include "preserve/tessera/verify.hpp"

namespace tesseras::custody {

struct VerifyOptions {
  bool full = false;  // SHA-256 too; BLAKE3 alone finds every change that can be made today
  // The name of the folder that is checked; it must be the tessera's.
  std::optional<std::string> folder_name;
};

struct VerifyReport {
  // Why there is nothing to hold the files against: no MANIFEST, or one that breaks its grammar.
  std::string manifest_fault;

  // The rest only when that is empty.
  base::ContentHash content_hash;
  identity::Fingerprint creator;
  tessera::Verdict verdict;

  bool passed() const { return manifest_fault.empty() && verdict.passed(); }
};

// Reads every file once. What is wrong with the tessera is in the report; an error means that it
// could not look: denied, io, cancelled, or not_found when there is no such folder at all.
Result<VerifyReport> verify(Files& files, const VerifyOptions& options, Tools& tools);

// Its signatures alone; a key or a signature that is missing or damaged is a fault of its own.
// Errors: as verify.
Result<tessera::SignatureState> signatures_of(Files& files, const tessera::Manifest& manifest);

// The same of one that a vault has, before it is given away. corrupt: it is not what its creator
// signed; the message says how to see what of it. Errors of verify otherwise.
Result<void> check_kept(vault::Vault& vault, const base::ContentHash& hash, Tools& tools);

}  // namespace tesseras::custody
