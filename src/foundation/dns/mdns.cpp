#include "foundation/dns/mdns.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>
#include <utility>

#include "foundation/dns/announcement.hpp"
#include "foundation/dns/limits.hpp"

namespace tesseras::dns {
namespace {

using base::Instant;
using base::Result;
using runtime::Endpoint;
using runtime::IpAddress;
using runtime::NetworkLink;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr seconds look_for_networks_every{30};
// RFC 6762, section 8.3: at least twice, a second apart.
constexpr int announcements = 3;
// Section 5.2: the first pause, doubled each time up to an hour.
constexpr seconds ask_again_first{1};
constexpr seconds ask_again_max{3600};
// Section 6: nothing is sent to all twice within a second.
constexpr seconds answer_again{1};

Announcement announcement_of(const MdnsOptions& options, const NetworkLink& link) {
  const Name local = Name::of("local");
  const Name service = Name::of(options.service + ".local");
  Announcement own{
      service, service.child(options.instance), local.child(options.instance), 0, options.texts,
      {}};
  for (const auto& [address, prefix_bits] : link.addresses) {
    if (address.is_link_local() && !address.is_v4()) continue;  // of no use without the link
    const auto at = std::ranges::find_if(options.listening, [&](const Endpoint& listening) {
      const bool is_any =
          listening.address.is_unspecified() && listening.address.is_v4() == address.is_v4();
      return (is_any || listening.address == address) &&
             (own.port == 0 || own.port == listening.port);
    });
    if (at == options.listening.end()) continue;
    if (own.addresses.size() == Limits::neighbour_endpoints_max) break;
    own.port = at->port;  // one for all, as SRV has it
    own.addresses.push_back(address);
  }
  return own;
}

}  // namespace

// One network, in one address family.
class Mdns::Channel final : public runtime::DatagramHandler {
 public:
  static Result<std::unique_ptr<Channel>> open(Mdns& of, const NetworkLink& link,
                                               const Announcement& own, const IpAddress& group) {
    std::unique_ptr<Channel> channel(new Channel(of, link, own));
    channel->socket_ = TRY(of.loop_.bind_multicast({group, of.options_.port}, link, *channel));
    channel->group_ = channel->socket_->local();
    channel->announce_later(channel->some_time(), announcements);
    channel->ask_later(channel->some_time());
    return channel;
  }
  ~Channel() override {
    if (socket_) send(group_, {0, true, {}, goodbye_of(own_)});
  }
  Channel(const Channel&) = delete;
  Channel& operator=(const Channel&) = delete;

  std::uint16_t port() const { return group_.port; }

  void on_datagrams(std::span<const runtime::IncomingDatagrams> batch) override {
    for (const auto& one : batch) {
      const auto segment_bytes = one.segment_bytes == 0 ? one.bytes.size() : one.segment_bytes;
      for (auto rest = one.bytes; !rest.empty();) {
        const auto datagram = rest.first(std::min(rest.size(), segment_bytes));
        rest = rest.subspan(datagram.size());
        on_datagram(one.from, datagram);
      }
    }
  }
  void on_writable() override {}  // what did not go out is said again, or was lost

 private:
  Channel(Mdns& of, const NetworkLink& link, const Announcement& own)
      : of_(of),
        loop_(of.loop_),
        link_(link),
        own_(own),
        neighbours_(own_.service, own_.instance, link) {}

  bool is_neighbour(const IpAddress& address) const {
    return (address.is_link_local() && !address.is_v4()) ||
           std::ranges::any_of(link_.addresses,
                               [&](const auto& own) { return own.is_on_link(address); });
  }

  // 20 to 120 ms, so that not all speak at once: section 6.
  base::nanoseconds some_time() {
    std::array<std::byte, 1> random{};
    loop_.fill_random(random);
    return milliseconds(20 + 100 * std::to_integer<int>(random[0]) / 256);
  }

  void send(const Endpoint& to, const Message& message) {
    const auto bytes = encode_message(message);
    const runtime::OutgoingDatagrams out{to, bytes};
    socket_->send({&out, 1});
  }

  void on_datagram(const Endpoint& from, base::ByteSpan bytes) {
    // Section 11. The group's own address says that it has not come from farther.
    if (!is_neighbour(from.address)) return;
    const auto message = decode_message(bytes);
    if (!message) {
      of_.log_.debug("a neighbour's message is not understood",
                     {{"from", from.text()}, {"why", message.error().message}});
    } else if (!message->is_response) {
      on_query(from, *message);
    } else if (from.port == group_.port) {  // section 6
      on_response(*message);
    }
  }

  void on_response(const Message& response) {
    for (const auto& neighbour : neighbours_.take(loop_.now(), response.records)) {
      of_.log_.debug("a neighbour", {{"name", neighbour.instance.text()},
                                     {"network", link_.name},
                                     {"at", neighbour.endpoints.front().text()}});
      of_.found_(neighbour);
    }
    if (neighbours_.lacks_something() && !follow_up_timer_) follow_up_later();
  }

  void on_query(const Endpoint& from, const Message& query) {
    auto reply = reply_to(query, own_);
    if (!reply) return;
    if (from.port != group_.port) {
      if (may_answer_one()) send(from, legacy_reply(query, *std::move(reply)));
    } else if (reply->is_for_asker) {
      if (may_answer_one()) send(from, {0, true, {}, std::move(reply->records)});
    } else {
      answer_later(std::move(reply->records));
    }
  }

  // A flood of questions makes no flood of answers.
  bool may_answer_one() {
    if (loop_.now() - second_began_ >= seconds(1)) {
      second_began_ = loop_.now();
      answered_in_second_ = 0;
    }
    return answered_in_second_++ < Limits::unicast_answers_per_second;
  }

  // To all; together with what is to be said anyway.
  void answer_later(std::vector<Record> records) {
    for (Record& record : records) {
      if (!std::ranges::contains(to_say_, record)) to_say_.push_back(std::move(record));
    }
    if (answer_timer_) return;
    const Instant when = std::max(loop_.now() + some_time(), next_answer_);
    answer_timer_ = loop_.call_at(when, [this] {
      answer_timer_.reset();
      say(std::exchange(to_say_, {}));
    });
  }

  void say(std::vector<Record> records) {
    next_answer_ = loop_.now() + answer_again;
    send(group_, {0, true, {}, std::move(records)});
  }

  void announce_later(base::nanoseconds in, int times) {
    announce_timer_ = loop_.call_at(loop_.now() + in, [this, times] {
      say(records_of(own_));
      if (times > 1) announce_later(seconds(1 << (announcements - times)), times - 1);
    });
  }

  void ask_later(base::nanoseconds in) {
    ask_timer_ = loop_.call_at(loop_.now() + in, [this] {
      Message query{0, false, {{own_.service, RecordType::ptr, false}}, {}};
      query.records = neighbours_.known(loop_.now());
      // So that we do not answer ourselves.
      query.records.push_back(records_of(own_).front());
      send(group_, query);
      ask_later(std::exchange(pause_, std::min<base::nanoseconds>(2 * pause_, ask_again_max)));
    });
  }

  void follow_up_later() {
    const Instant when = std::max(loop_.now() + some_time(), next_follow_up_);
    follow_up_timer_ = loop_.call_at(when, [this] {
      follow_up_timer_.reset();
      next_follow_up_ = loop_.now() + answer_again;
      const auto questions = neighbours_.missing();
      if (questions.empty()) return;
      send(group_, {0, false, questions, {}});
      if (neighbours_.lacks_something()) follow_up_later();
    });
  }

  Mdns& of_;
  runtime::SystemLoop& loop_;
  NetworkLink link_;
  Announcement own_;
  Neighbours neighbours_;
  Endpoint group_;

  base::nanoseconds pause_ = ask_again_first;
  std::vector<Record> to_say_;
  Instant next_answer_;
  Instant next_follow_up_;
  Instant second_began_;
  int answered_in_second_ = 0;
  std::unique_ptr<runtime::Timer> announce_timer_;
  std::unique_ptr<runtime::Timer> answer_timer_;
  std::unique_ptr<runtime::Timer> ask_timer_;
  std::unique_ptr<runtime::Timer> follow_up_timer_;
  std::unique_ptr<runtime::DatagramSocket> socket_;
};

Result<std::vector<NetworkLink>> networks_with_others() {
  auto links = TRY(runtime::network_links());
  std::erase_if(links, &NetworkLink::is_loopback);
  return links;
}

Mdns::Mdns(runtime::SystemLoop& loop, MdnsOptions options, Found found, runtime::Log log)
    : loop_(loop), options_(std::move(options)), found_(std::move(found)), log_(log) {
  look_for_networks();
}

Mdns::~Mdns() = default;

std::uint16_t Mdns::port() const {
  for (const auto& [index, network] : networks_) {
    if (!network.channels.empty()) return network.channels.front()->port();
  }
  return 0;
}

void Mdns::look_for_networks() {
  timer_ = loop_.call_at(loop_.now() + look_for_networks_every, [this] { look_for_networks(); });
  auto links = options_.networks();
  if (!links) {
    log_.debug("this machine's networks are not known", {{"why", links.error().message}});
    return;
  }
  if (links->size() > Limits::links_max) links->resize(Limits::links_max);
  // Those that are gone, or are not what they were, begin anew.
  std::erase_if(networks_, [&](const auto& one) {
    return one.second.channels.empty() || !std::ranges::contains(*links, one.second.link);
  });
  for (NetworkLink& link : *links) {
    const auto [at, is_new] = networks_.try_emplace(link.index);
    if (!is_new) continue;
    at->second.link = std::move(link);
    open(at->second);
  }
}

void Mdns::open(Network& network) {
  const auto own = announcement_of(options_, network.link);
  if (own.addresses.empty()) return;  // nor could we reach anybody there
  // RFC 6762, section 3.
  const std::array groups = {IpAddress::v4(224, 0, 0, 251), *IpAddress::parse("ff02::fb")};
  for (const auto& group : groups) {
    const bool has_family = std::ranges::any_of(network.link.addresses, [&](const auto& one) {
      return one.address.is_v4() == group.is_v4();
    });
    if (!has_family) continue;
    auto channel = Channel::open(*this, network.link, own, group);
    if (channel) {
      network.channels.push_back(*std::move(channel));
    } else if (!std::exchange(has_warned_, true)) {
      log_.warn("neighbours on a network are not looked for",
                {{"network", network.link.name}, {"why", channel.error().message}});
    }
  }
}

}  // namespace tesseras::dns
