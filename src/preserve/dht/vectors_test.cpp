// spec/vectors/dht, made by other code than ours: see make.py there.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "foundation/base/vector_fixture.hpp"
#include "preserve/dht/holder_record.hpp"
#include "preserve/dht/messages.hpp"
#include "preserve/dht/node_id.hpp"
#include "preserve/dht/node_info.hpp"

namespace tesseras::dht {
namespace {

using base::Bytes;
using base::Result;
using Fields = base::VectorFields;

template <class Id>
Id id_of(const std::string& hex) {
  const auto id = Id::from_bytes(base::bytes_of_vector(hex));
  EXPECT_TRUE(id) << hex;
  return id.value_or(Id{});
}

std::uint64_t number_of(const std::string& text) { return std::stoull(text); }

std::string told(const std::vector<runtime::Endpoint>& endpoints) {
  std::string all;
  for (const auto& one : endpoints) all += (all.empty() ? "" : " ") + one.text();
  return all;
}

template <class T>
bool is_as_expected(Fields& v, const Result<T>& result) {
  EXPECT_EQ(result ? "valid" : base::name_of(result.error().code), v["expect"])
      << (result ? "" : result.error().message);
  return result.has_value();
}

bool check_key(Fields& v) {
  EXPECT_EQ(key_of(id_of<base::ContentHash>(v["content-hash"])).hex(), v["key"]);
  EXPECT_EQ(v["expect"], "valid");
  return true;
}

bool check_id(Fields& v) {
  return is_as_expected(
      v, check_node_id(id_of<NodeId>(v["node-id"]), id_of<NodePublicKey>(v["node-key"]),
                       number_of(v["nonce"])));
}

bool check_info(Fields& v) {
  const Bytes bytes = base::bytes_of_vector(v["node-info"]);
  const auto info = decode_node_info(bytes);
  if (!is_as_expected(v, info)) return false;
  EXPECT_EQ(info->id.hex(), v["node-id"]);
  EXPECT_EQ(info->key.hex(), v["key"]);
  EXPECT_EQ(info->nonce, number_of(v["nonce"]));
  EXPECT_EQ(told(info->endpoints), v["endpoints"]);
  EXPECT_EQ(info->capabilities.bits, number_of(v["capabilities"]));
  EXPECT_EQ(decode_node_info(encode(*info)).value(), *info);
  return true;
}

std::string told(const FragmentSet& fragments) {
  std::string all;
  for (std::size_t i = 0; i < fragments.size(); ++i)
    if (fragments[i]) all += (all.empty() ? "" : " ") + std::to_string(i);
  return all;
}

bool check_record(Fields& v) {
  const Bytes bytes = base::bytes_of_vector(v["record"]);
  const auto record = open_holder_record(bytes);
  if (v.contains("peer")) {
    EXPECT_TRUE(record);
    if (!record) return false;
    return is_as_expected(v, check_sender(*record, id_of<NodePublicKey>(v["peer"]),
                                          runtime::Endpoint::parse(v["from"]).value()));
  }
  if (!is_as_expected(v, record)) return false;
  EXPECT_EQ(record->key.hex(), v["key"]);
  EXPECT_EQ(record->node.hex(), v["node-id"]);
  EXPECT_EQ(told(record->endpoints), v["endpoints"]);
  EXPECT_EQ(record->share ? record->share->plan.hex() : "", v["plan"]);
  EXPECT_EQ(record->share ? told(record->share->fragments) : "", v["fragments"]);
  EXPECT_EQ(record->issue, number_of(v["issue"]));
  EXPECT_EQ(record->ttl.count(), static_cast<std::int64_t>(number_of(v["ttl"])));
  // And we sign the same bytes, where there is nothing in them that we do not know.
  if (v.contains("seed")) {
    const auto seed = crypto::SecretBytes<32>::copy_of(base::bytes_of_vector(v["seed"]));
    EXPECT_EQ(base::to_hex(sign(*record, crypto::Ed25519Key::from_seed(seed))),
              base::to_hex(bytes));
  }
  return true;
}

bool is_written_the_same(Fields& v, const Bytes& again) {
  if (!v.contains("further")) {
    EXPECT_EQ(base::to_hex(again), base::to_hex(base::bytes_of_vector(v["body"])));
  }
  return true;
}

template <class Response>
bool check_answer(Fields& v) {
  ProofMemo memo;
  const Bytes body = base::bytes_of_vector(v["body"]);
  const auto response = decode_response<Response>(body, memo);
  return is_as_expected(v, response) && is_written_the_same(v, encode(*response));
}

bool check_message(Fields& v) {
  const std::string which = v["message"];
  if (which == "ping-answer") return check_answer<PingResponse>(v);
  if (which == "find_node-answer") return check_answer<FindNodeResponse>(v);
  if (which == "find_value-answer") return check_answer<FindValueResponse>(v);
  if (which == "store-answer") return check_answer<StoreResponse>(v);
  if (which == "dial_back-answer") return check_answer<DialBackResponse>(v);
  ProofMemo memo;
  const Bytes body = base::bytes_of_vector(v["body"]);
  const auto request = decode_request(which, body, memo);
  return is_as_expected(v, request) &&
         is_written_the_same(v, std::visit([](const auto& one) { return encode(one); }, *request));
}

bool check(Fields& v) {
  if (v.contains("message")) return check_message(v);
  if (v.contains("record")) return check_record(v);
  if (v.contains("content-hash")) return check_key(v);
  if (v.contains("node-key")) return check_id(v);
  if (v.contains("node-info")) return check_info(v);
  ADD_FAILURE() << "nobody knows what this vector is about";
  return false;
}

TEST(DhtVectors, Hold) {
  int valid = 0, refused = 0;
  const std::filesystem::path folder = TESSERAS_SOURCE_DIR "/spec/vectors/dht";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".txt") continue;
    SCOPED_TRACE(entry.path().filename());
    Fields vector = base::read_vector(entry.path());
    ++(check(vector) ? valid : refused);
  }
  EXPECT_GE(valid, 46);
  EXPECT_GE(refused, 139);
}

}  // namespace
}  // namespace tesseras::dht
