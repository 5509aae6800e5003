#include "addresses.h"

#include <pthread.h>

#include <cstring>
#include <utility>

namespace millrace::lambda_invoke {
namespace {

constexpr std::uint64_t kKnownFor = 60'000'000'000;

addrinfo hints(int flags) {
  addrinfo result{};
  result.ai_family = AF_UNSPEC;
  result.ai_socktype = SOCK_STREAM;
  result.ai_flags = flags | AI_NUMERICSERV;
  return result;
}

using Found = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

}  // namespace

AddressBook::AddressBook(std::string host, std::string port, std::function<void()> answered)
    : host_(std::move(host)), port_(std::move(port)), answered_(std::move(answered)) {
  const addrinfo wanted = hints(AI_NUMERICHOST);
  addrinfo* raw = nullptr;
  if (getaddrinfo(host_.c_str(), port_.c_str(), &wanted, &raw) != 0) return;
  const Found found(raw, &freeaddrinfo);
  known_ = std::make_shared<const std::vector<Address>>(list(raw));
  is_number_ = true;
}

AddressBook::~AddressBook() {
  if (thread_.joinable()) thread_.join();
}

std::vector<Address> AddressBook::list(const addrinfo* first) {
  std::vector<Address> result;
  for (const addrinfo* each = first; each != nullptr; each = each->ai_next) {
    Address& address = result.emplace_back();
    address.size = each->ai_addrlen;
    std::memcpy(&address.storage, each->ai_addr, each->ai_addrlen);
  }
  return result;
}

Addresses AddressBook::find(std::uint64_t now_ns) {
  if (known_ && (is_number_ || now_ns < known_until_ns_)) return known_;
  if (asking_) return nullptr;
  asking_ = true;
  thread_ = std::thread([this] {
    const addrinfo wanted = hints(AI_ADDRCONFIG);
    addrinfo* raw = nullptr;
    const int error = getaddrinfo(host_.c_str(), port_.c_str(), &wanted, &raw);
    const Found found(error == 0 ? raw : nullptr, &freeaddrinfo);
    {
      const std::lock_guard lock(mutex_);
      has_answer_ = true;
      answer_ = list(found.get());
      answer_why_ = error == 0 ? "" : gai_strerror(error);
    }
    answered_();
  });
  pthread_setname_np(thread_.native_handle(), "lambda-resolve");
  return nullptr;
}

bool AddressBook::take(std::uint64_t now_ns, Addresses& found, std::string& why) {
  {
    const std::lock_guard lock(mutex_);
    if (!has_answer_) return false;
    has_answer_ = false;
    known_ = answer_.empty() ? nullptr : std::make_shared<const std::vector<Address>>(std::move(answer_));
    answer_.clear();
    why = answer_why_.empty() ? "it has no address" : answer_why_;
  }
  thread_.join();
  asking_ = false;
  known_until_ns_ = now_ns + kKnownFor;
  found = known_;
  return true;
}

void AddressBook::forget() {
  if (!is_number_) known_.reset();
}

}  // namespace millrace::lambda_invoke
