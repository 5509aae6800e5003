// Finds the addresses behind an endpoint's name without holding up the thread that asks.
//
// An address written as numbers is known from the start and never asked for; a name's addresses are forgotten after a
// minute, so that a name that moves is followed. One question at a time, on a thread "lambda-resolve" that lives as
// long as the question; the destructor waits for it, as long as the system's resolver takes.
//
// Used by plain_transport.cc. Confined to one thread, but for `answered`, which is called on the resolver's.
#pragma once
#include <netdb.h>
#include <sys/socket.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace millrace::lambda_invoke {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};
using Addresses = std::shared_ptr<const std::vector<Address>>;

class AddressBook {
 public:
  AddressBook(std::string host, std::string port, std::function<void()> answered);
  ~AddressBook();
  AddressBook(const AddressBook&) = delete;

  // What is known; null while it is being asked for: answered() is called when take() has something.
  Addresses find(std::uint64_t now_ns);
  // The answer to the question, if it has come since: addresses, or null with the resolver's words.
  bool take(std::uint64_t now_ns, Addresses& found, std::string& why);
  // None of them took a connection: ask anew next time.
  void forget();

 private:
  static std::vector<Address> list(const addrinfo* first);

  const std::string host_, port_;
  const std::function<void()> answered_;
  bool is_number_ = false;
  Addresses known_;
  std::uint64_t known_until_ns_ = 0;
  bool asking_ = false;
  std::thread thread_;

  std::mutex mutex_;
  bool has_answer_ = false;      // guarded by mutex_
  std::vector<Address> answer_;  // guarded by mutex_
  std::string answer_why_;       // guarded by mutex_
};

}  // namespace millrace::lambda_invoke
