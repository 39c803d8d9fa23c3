// What an audit costs and finds. For fragments of several sizes, kept by a store on a disk that
// counts: a line "sample BYTES WIRE READS BLOCKS", which are the bytes of the fragment, and for one
// sample of a request of 16, in thousandths, the bytes of frames, the reads, and the blocks of 4
// KiB that they touch. Then "found SAMPLES MONTHS MISSED": in so many times thirty days at the
// default rate, how often one part in a hundred was lost and no sample met it.
#include <fmt/format.h>

#include <set>
#include <string>

#include "foundation/base/assert.hpp"
#include "foundation/runtime/disk_memory.hpp"
#include "foundation/runtime/prng.hpp"
#include "foundation/wire/frame.hpp"
#include "preserve/tessera/manifest_head.hpp"
#include "preserve/upkeep/audit_messages.hpp"
#include "preserve/upkeep/audit_schedule.hpp"
#include "preserve/upkeep/challenges.hpp"
#include "preserve/upkeep/limits.hpp"

namespace {

using tesseras::base::Bytes;
using tesseras::base::ByteSpan;
using tesseras::base::MutableByteSpan;
using tesseras::base::Result;
using tesseras::runtime::Prng;
namespace base = tesseras::base;
namespace crypto = tesseras::crypto;
namespace dht = tesseras::dht;
namespace identity = tesseras::identity;
namespace replica = tesseras::replica;
namespace runtime = tesseras::runtime;
namespace upkeep = tesseras::upkeep;
namespace wire = tesseras::wire;

struct Counts {
  std::uint64_t reads = 0;
  std::set<std::pair<std::string, std::uint64_t>> blocks;
};

class CountingFile final : public runtime::File {
 public:
  CountingFile(std::unique_ptr<File> file, std::string name, Counts& counts)
      : file_(std::move(file)), name_(std::move(name)), counts_(counts) {}
  Result<std::size_t> read_at(std::uint64_t offset, MutableByteSpan into) override {
    ++counts_.reads;
    constexpr std::uint64_t block_bytes = 4096;
    for (auto at = offset / block_bytes; at * block_bytes < offset + into.size(); ++at)
      counts_.blocks.emplace(name_, at);
    return file_->read_at(offset, into);
  }
  Result<void> append(ByteSpan bytes) override { return file_->append(bytes); }
  Result<void> truncate(std::uint64_t size) override { return file_->truncate(size); }
  Result<void> sync() override { return file_->sync(); }
  Result<runtime::FileStatus> status() const override { return file_->status(); }

 private:
  std::unique_ptr<File> file_;
  std::string name_;
  Counts& counts_;
};

// A disk in memory that counts what is read.
class CountingDisk final : public runtime::Disk {
 public:
  using path = runtime::path;
  using Open = Result<std::unique_ptr<runtime::File>>;

  Counts counts;

  Open open_read(const path& file) override {
    auto opened = TRY(disk_.open_read(file));
    return std::make_unique<CountingFile>(std::move(opened), file.string(), counts);
  }
  Open create(const path& file, std::uint32_t permissions) override {
    return disk_.create(file, permissions);
  }
  Open open_append(const path& file) override { return disk_.open_append(file); }
  Result<runtime::FileStatus> status(const path& at) override { return disk_.status(at); }
  Result<std::vector<runtime::FolderEntry>> list(const path& folder) override {
    return disk_.list(folder);
  }
  Result<void> make_folders(const path& folder, std::uint32_t permissions) override {
    return disk_.make_folders(folder, permissions);
  }
  Result<void> rename(const path& from, const path& to) override { return disk_.rename(from, to); }
  Result<void> link(const path& from, const path& to) override { return disk_.link(from, to); }
  Result<void> remove(const path& at) override { return disk_.remove(at); }
  Result<void> remove_tree(const path& folder) override { return disk_.remove_tree(folder); }
  Result<void> set_modified(const path& file, base::WallTime time) override {
    return disk_.set_modified(file, time);
  }
  Result<void> sync(std::span<const path> all) override { return disk_.sync(all); }
  Result<void> sync_tree(const path& folder) override { return disk_.sync_tree(folder); }
  Result<std::uint64_t> free_bytes(const path& at) override { return disk_.free_bytes(at); }
  Result<std::unique_ptr<runtime::Lock>> lock(const path& file,
                                              std::chrono::milliseconds patience) override {
    return disk_.lock(file, patience);
  }

 private:
  runtime::MemoryDisk disk_;
};

Bytes random_bytes(std::uint64_t size) {
  Prng prng(size);
  Bytes bytes(size);
  for (auto& one : bytes) one = static_cast<std::byte>(prng.next() >> 56U);
  return bytes;
}

// Of a pack of that size; all its fragments are said to be this one.
replica::SignedPlan plan_of(std::uint64_t pack_bytes, const Bytes& fragment) {
  const auto author = identity::Identity::from_seed(identity::RootSeed{});
  tesseras::tessera::ManifestHeader header;
  header.created = *base::from_rfc3339_seconds("2026-02-14T09:30:00Z");
  header.creator = author.public_keys().ed25519;
  header.creator_mldsa65 = crypto::blake3(author.public_keys().mldsa65.bytes);
  const auto manifest = tesseras::tessera::encode(header);
  const auto bytes = base::as_bytes(manifest);
  const tesseras::erasure::Shape shape(tesseras::erasure::tier_of(pack_bytes), pack_bytes);
  const bool is_copies = shape.tier() == tesseras::erasure::Tier::copies;
  const replica::Plan plan{
      base::ContentHash{crypto::blake3(bytes).bytes}, bytes.size(), shape,
      std::vector<crypto::Blake3Hash>(is_copies ? 1 : shape.fragments(), crypto::blake3(fragment))};
  return replica::SignedPlan::make(plan, manifest, author).value();
}

void measure(std::uint64_t pack_bytes) {
  const tesseras::erasure::Shape shape(tesseras::erasure::tier_of(pack_bytes), pack_bytes);
  const Bytes fragment = random_bytes(shape.fragment_bytes());
  const auto plan = plan_of(pack_bytes, fragment);
  CountingDisk disk;
  const auto store = replica::FragmentStore::open(disk, "/fragments").value();
  auto writer = store->receive(plan, 0, dht::NodePublicKey{}).value();
  (void)writer.append(fragment).value();
  (void)store->keep(writer, {}).value();

  const std::vector<upkeep::SharedFragment> shared = {
      {{plan.id(), 0}, plan.plan().content_hash, plan.plan().hash_of(0), fragment.size()}};
  constexpr std::uint64_t requests = 200;
  std::uint64_t samples = 0, wire_bytes = 0, reads = 0, blocks = 0;
  for (std::uint64_t seed = 0; seed < requests; ++seed) {
    upkeep::ProveRequest request;
    upkeep::ProveResponse response;
    const auto drawn = upkeep::draw(shared, upkeep::Limits::challenges_max, seed);
    for (const auto& one : drawn) {
      disk.counts = {};
      request.challenges.push_back(one.challenge);
      response.proofs.emplace_back(store->prove(one.challenge.name, one.challenge.chunk).value());
      reads += disk.counts.reads;
      blocks += disk.counts.blocks.size();
    }
    for (const auto finding : upkeep::judge(drawn, response))
      ASSERT(finding == upkeep::Finding::proved);
    samples += drawn.size();
    wire_bytes += wire::encode(wire::Request{{1}, upkeep::ProveRequest::method, encode(request)})
                      .value()
                      .size() +
                  wire::encode(wire::Response{{1}, encode(response)}).value().size();
  }
  fmt::print("sample {} {} {} {}\n", fragment.size(), 1000 * wire_bytes / samples,
             1000 * reads / samples, 1000 * blocks / samples);
}

// Of 100 fragments of 1 MiB, every hundredth chunk.
void measure_finding() {
  std::vector<upkeep::SharedFragment> shared(100);
  for (unsigned i = 0; i < shared.size(); ++i) {
    shared[i].name.fragment = i;
    shared[i].size_bytes = std::uint64_t{1} << 20U;
  }
  constexpr std::chrono::days month{30};
  constexpr auto requests = month / upkeep::round_time;
  constexpr int months = 100'000;
  int missed = 0;
  std::uint64_t seed = 0;
  for (int i = 0; i < months; ++i) {
    bool found = false;
    for (auto request = requests; request > 0 && !found; --request) {
      for (const auto& one : upkeep::draw(shared, upkeep::Limits::challenges_max, ++seed))
        found = found || (1024 * one.challenge.name.fragment + one.challenge.chunk) % 100 == 99;
    }
    missed += found ? 0 : 1;
  }
  fmt::print("found {} {} {}\n",
             static_cast<std::size_t>(requests) * upkeep::Limits::challenges_max, months, missed);
}

}  // namespace

int main() {
  constexpr std::uint64_t mib = std::uint64_t{1} << 20U;
  for (const auto pack_bytes : {3 * mib, 4 * mib, 16 * mib, 255 * mib, 1024 * mib})
    measure(pack_bytes);
  measure_finding();
  return 0;
}
