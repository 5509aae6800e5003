// Cluster: real Apache Kafka (KRaft) on loopback, for one test program.
//
//   Cluster kafka({.version = "4.1.0"});
//   kafka.admin().create_topic("orders", 8);
//   Producer producer(kafka.bootstrap());
//   ...
//   kafka.kill(0); kafka.start(0);          // the same broker, data and ports
//
// The constructor returns when every broker answers. Every cluster has a plaintext listener INTERNAL, which
// bootstrap(), admin() and the brokers among themselves use; `listeners` come on top, one port each. Processes and
// files are gone after the destructor, and processes also when the test crashes. A broker that fails throws
// std::runtime_error with the end of its log. Where Java or the jars are missing, the constructor prints a line with
// the reason and exits 77, which ctest shows as skipped.
//
// Construct on the main thread (see process.h); kill, stop and start from there too. bootstrap() is thread-safe.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/e2e/kafka/admin.h"
#include "tests/e2e/kafka/certificates.h"
#include "tests/e2e/kafka/ports.h"
#include "tests/e2e/kafka/process.h"
#include "tests/e2e/kafka/temporary_folder.h"

namespace millrace::e2e {

enum class Security { kPlaintext, kSsl, kSaslPlaintext, kSaslSsl };

struct Listener {
  std::string name;  // upper case, without underscore: "TLS"
  Security security = Security::kPlaintext;
  std::vector<std::string> mechanisms = {};  // with kSasl...: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512
  bool client_certificate_required = false;  // with k...Ssl: mTLS; without SASL the principal is User:CN=...
};

struct User {
  std::string name, password;  // known to every SASL mechanism of every listener
};

struct ClusterOptions {
  std::string version = "4.1.0";  // a folder of versions/
  int brokers = 1;
  std::vector<Listener> listeners = {};
  std::vector<User> users = {};
  bool authorizer =
      false;  // StandardAuthorizer: what is not allowed by an ACL is denied, but to User:ANONYMOUS (INTERNAL)
  std::map<std::string, std::string> properties = {};  // server.properties, over the fixture's own
  std::string heap = "512m";
  bool full_speed = false;  // leave the second compiler on: for benchmarks; costs start-up time
};

// $MILLRACE_TEST_KAFKA, or the newest version that is pinned.
std::string version_under_test();

class Cluster {
 public:
  explicit Cluster(ClusterOptions options = {});
  ~Cluster();

  // "127.0.0.1:PORT,..." of one listener.
  std::string bootstrap(const std::string& listener = "INTERNAL") const;

  // Certificates the brokers use and trust; issue client certificates here. Only with a TLS listener.
  CertificateAuthority& authority();

  Admin& admin() { return *admin_; }

  void kill(int broker);   // SIGKILL
  void stop(int broker);   // SIGTERM, waits for the orderly end
  void start(int broker);  // after kill or stop; returns when it answers
  Process& process(int broker);
  std::string log_tail(int broker, int lines = 30) const;
  const std::string& folder() const { return folder_.path(); }

 private:
  struct Broker;
  void write_properties(const Broker& broker);
  void format(const Broker& broker);
  void spawn(Broker& broker);
  void wait_until_ready();

  ClusterOptions options_;
  std::string jars_;
  TemporaryFolder folder_;
  std::unique_ptr<CertificateAuthority> authority_;
  Certificate server_;
  std::vector<std::unique_ptr<Broker>> brokers_;
  std::unique_ptr<Admin> admin_;
};

// The folder with the jars of a version. Prints the reason and exits 77 when it, or Java, is missing.
std::string require_kafka(const std::string& version);

// The command line of a Java program on these jars, without the program's own arguments.
std::vector<std::string> java(const std::string& jars, const std::string& heap, bool full_speed,
                              const std::string& log_settings);

}  // namespace millrace::e2e
