// Formats, starts and ends KRaft brokers; the contract stands in cluster.h.
#include "tests/e2e/kafka/cluster.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>

namespace millrace::e2e {
namespace {

namespace fs = std::filesystem;

// Where a broker logs what, in the words of both logging libraries: log4j 1 (Kafka 3) and log4j 2 (Kafka 4).
constexpr const char* kLogSettings1 =
    "log4j.rootLogger=INFO, out\nlog4j.appender.out=org.apache.log4j.ConsoleAppender\n"
    "log4j.appender.out.layout=org.apache.log4j.PatternLayout\n"
    "log4j.appender.out.layout.ConversionPattern=%d{ISO8601} %p %c{1}: %m%n\n";
constexpr const char* kLogSettings2 =
    "rootLogger.level=info\nrootLogger.appenderRef.out.ref=out\nappender.out.type=Console\nappender.out.name=out\n"
    "appender.out.layout.type=PatternLayout\nappender.out.layout.pattern=%d{ISO8601} %p %c{1}: %m%n\n";

[[noreturn]] void skip(const std::string& reason) {
  std::printf("SKIPPED: %s\n", reason.c_str());
  std::fflush(stdout);
  std::_Exit(77);
}

const char* protocol(Security security) {
  switch (security) {
    case Security::kPlaintext:
      return "PLAINTEXT";
    case Security::kSsl:
      return "SSL";
    case Security::kSaslPlaintext:
      return "SASL_PLAINTEXT";
    case Security::kSaslSsl:
      return "SASL_SSL";
  }
  return "";
}

bool uses_tls(const Listener& listener) {
  return listener.security == Security::kSsl || listener.security == Security::kSaslSsl;
}

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  return text;
}

}  // namespace

struct Cluster::Broker {
  int id;
  std::string folder;
  PortReservation controller;
  std::vector<PortReservation> ports;  // [0] INTERNAL, then options.listeners in order
  std::unique_ptr<Process> process;
};

std::string version_under_test() {
  const char* version = std::getenv("MILLRACE_TEST_KAFKA");
  return version == nullptr || *version == '\0' ? "4.1.0" : version;
}

std::string require_kafka(const std::string& version) {
  if (!is_installed("java")) skip("no java in PATH: run scripts/setup --tests");
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  const fs::path base =
      cache != nullptr && *cache != '\0' ? fs::path(cache) : fs::path(home == nullptr ? "/" : home) / ".cache";
  const fs::path jars = base / "millrace" / "kafka" / version;
  if (!fs::exists(jars / "complete"))
    skip("no Apache Kafka " + version + " in " + jars.string() + ": run " MILLRACE_KAFKA_FETCH " " + version);
  return jars.string();
}

std::vector<std::string> java(const std::string& jars, const std::string& heap, bool full_speed,
                              const std::string& log_settings) {
  std::vector<std::string> command = {"java",
                                      "-Xmx" + heap,
                                      "-XX:+UseSerialGC",
                                      "-Djava.net.preferIPv4Stack=true",
                                      "-Dlog4j.configuration=file:" + log_settings + "1.properties",
                                      "-Dlog4j2.configurationFile=file:" + log_settings + "2.properties"};
  if (!full_speed) command.insert(command.end(), {"-XX:TieredStopAtLevel=1", "-Xshare:auto"});
  command.insert(command.end(), {"-cp", jars + "/*"});
  return command;
}

Cluster::Cluster(ClusterOptions options) : options_(std::move(options)), jars_(require_kafka(options_.version)) {
  write_file(folder_.path() + "/log1.properties", kLogSettings1);
  write_file(folder_.path() + "/log2.properties", kLogSettings2);
  for (const Listener& listener : options_.listeners)
    if (uses_tls(listener) && !authority_) {
      authority_ = std::make_unique<CertificateAuthority>(folder_.path(), "brokers");
      server_ = authority_->issue("localhost");
    }
  for (int id = 1; id <= options_.brokers; ++id) {
    auto broker = std::make_unique<Broker>();
    broker->id = id;
    broker->folder = folder_.path() + "/broker-" + std::to_string(id);
    fs::create_directories(broker->folder);
    for (std::size_t i = 0; i <= options_.listeners.size(); ++i) broker->ports.emplace_back();
    brokers_.push_back(std::move(broker));
  }
  for (const auto& broker : brokers_) {
    write_properties(*broker);
    format(*broker);
  }
  for (const auto& broker : brokers_) spawn(*broker);
  admin_ = std::make_unique<Admin>(bootstrap());
  wait_until_ready();
}

Cluster::~Cluster() {
  admin_.reset();
  for (const auto& broker : brokers_) broker->process.reset();
}

void Cluster::write_properties(const Broker& broker) {
  const auto address = [](const std::string& name, const PortReservation& port) {
    return name + "://127.0.0.1:" + std::to_string(port.number());
  };
  std::string advertised = address("INTERNAL", broker.ports[0]), voters,
              map = "INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT";
  for (const auto& peer : brokers_) {
    voters += (voters.empty() ? "" : ",") + std::to_string(peer->id) +
              "@127.0.0.1:" + std::to_string(peer->controller.number());
  }
  for (std::size_t i = 0; i < options_.listeners.size(); ++i) {
    advertised += "," + address(options_.listeners[i].name, broker.ports[i + 1]);
    map += "," + options_.listeners[i].name + ":" + protocol(options_.listeners[i].security);
  }
  const std::string replicas = std::to_string(options_.brokers);
  std::map<std::string, std::string> properties = {
      {"process.roles", "broker,controller"},
      {"node.id", std::to_string(broker.id)},
      {"controller.quorum.voters", voters},
      {"controller.listener.names", "CONTROLLER"},
      {"inter.broker.listener.name", "INTERNAL"},
      {"listeners", advertised + "," + address("CONTROLLER", broker.controller)},
      {"advertised.listeners", advertised},
      {"listener.security.protocol.map", map},
      {"log.dirs", broker.folder + "/data"},
      {"num.partitions", "1"},
      {"auto.create.topics.enable", "false"},
      {"offsets.topic.num.partitions", "4"},
      {"offsets.topic.replication.factor", replicas},
      {"transaction.state.log.num.partitions", "4"},
      {"transaction.state.log.replication.factor", replicas},
      {"transaction.state.log.min.isr", "1"},
      {"group.initial.rebalance.delay.ms", "0"},
      {"broker.heartbeat.interval.ms", "500"},  // a killed broker registers again only when its old session is over
      {"broker.session.timeout.ms", "4000"},
      {"group.min.session.timeout.ms", "1000"},
      {"message.max.bytes", "16777216"},  // room for a record that is too large for the function
      {"replica.fetch.max.bytes", "16777216"},
      {"log.cleaner.dedupe.buffer.size", "16777216"},
      {"log.retention.check.interval.ms", "1000"},
      {"log.segment.delete.delay.ms", "1000"},
  };
  if (authority_) {
    properties["ssl.keystore.type"] = properties["ssl.truststore.type"] = "PEM";
    properties["ssl.keystore.location"] = server_.store_path;
    properties["ssl.truststore.location"] = authority_->root_path();
  }
  for (const Listener& listener : options_.listeners) {
    const std::string prefix = "listener.name." + lower(listener.name) + ".";
    if (uses_tls(listener))
      properties[prefix + "ssl.client.auth"] = listener.client_certificate_required ? "required" : "none";
    std::string enabled;
    for (const std::string& mechanism : listener.mechanisms) {
      enabled += (enabled.empty() ? "" : ",") + mechanism;
      std::string jaas = "org.apache.kafka.common.security.scram.ScramLoginModule required";
      if (mechanism == "PLAIN") {
        jaas = "org.apache.kafka.common.security.plain.PlainLoginModule required";
        for (const User& user : options_.users) jaas += " user_" + user.name + "=\"" + user.password + "\"";
      }
      properties[prefix + lower(mechanism) + ".sasl.jaas.config"] = jaas + ";";
    }
    if (!enabled.empty()) properties[prefix + "sasl.enabled.mechanisms"] = enabled;
  }
  if (options_.authorizer) {
    properties["authorizer.class.name"] = "org.apache.kafka.metadata.authorizer.StandardAuthorizer";
    properties["super.users"] = "User:ANONYMOUS";
  }
  for (const auto& [name, value] : options_.properties) properties[name] = value;
  std::string text;
  for (const auto& [name, value] : properties) text += name + "=" + value + "\n";
  write_file(broker.folder + "/server.properties", text);
}

void Cluster::format(const Broker& broker) {
  std::vector<std::string> command = java(jars_, "256m", false, folder_.path() + "/log");
  command.insert(command.end(), {"kafka.tools.StorageTool", "format", "-t", "TWlsbHJhY2VUZXN0czAwMQ", "-c",
                                 broker.folder + "/server.properties"});
  for (const User& user : options_.users)
    for (const char* mechanism : {"SCRAM-SHA-256", "SCRAM-SHA-512"})
      command.insert(command.end(), {"--add-scram", std::string(mechanism) + "=[name=" + user.name +
                                                        ",password=" + user.password + "]"});
  run(command);
}

void Cluster::spawn(Broker& broker) {
  std::vector<std::string> command = java(jars_, options_.heap, options_.full_speed, folder_.path() + "/log");
  command.insert(command.end(), {"kafka.Kafka", broker.folder + "/server.properties"});
  broker.process = std::make_unique<Process>(Command{command, {}, broker.folder + "/log.txt", broker.folder});
}

void Cluster::wait_until_ready() {
  std::size_t expected = 0;
  for (const auto& broker : brokers_) expected += broker->process != nullptr ? 1 : 0;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(90);
  while (admin_->live_brokers() < expected) {
    for (std::size_t i = 0; i < brokers_.size(); ++i)
      if (brokers_[i]->process && !brokers_[i]->process->is_running())
        throw std::runtime_error("broker " + std::to_string(i) + " ended while starting:\n" +
                                 log_tail(static_cast<int>(i)));
    if (std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("the brokers did not answer within 90 s; the first one's log ends with:\n" +
                               log_tail(0));
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

std::string Cluster::bootstrap(const std::string& listener) const {
  std::size_t index = 0;
  if (listener != "INTERNAL") {
    while (index < options_.listeners.size() && options_.listeners[index].name != listener) ++index;
    if (index++ == options_.listeners.size()) throw std::runtime_error("the cluster has no listener " + listener);
  }
  std::string servers;
  for (const auto& broker : brokers_)
    servers += (servers.empty() ? "127.0.0.1:" : ",127.0.0.1:") + std::to_string(broker->ports[index].number());
  return servers;
}

CertificateAuthority& Cluster::authority() {
  if (!authority_) throw std::runtime_error("the cluster has no TLS listener, hence no certificates");
  return *authority_;
}

void Cluster::kill(int broker) {
  brokers_.at(static_cast<std::size_t>(broker))->process.reset();
}

void Cluster::stop(int broker) {
  Process& process = this->process(broker);
  process.signal(SIGTERM);
  if (!process.wait(std::chrono::seconds(60)))
    throw std::runtime_error("a broker did not stop within 60 s:\n" + log_tail(broker));
  kill(broker);
}

void Cluster::start(int broker) {
  spawn(*brokers_.at(static_cast<std::size_t>(broker)));
  wait_until_ready();
}

Process& Cluster::process(int broker) {
  Broker& known = *brokers_.at(static_cast<std::size_t>(broker));
  if (!known.process) throw std::runtime_error("broker " + std::to_string(broker) + " is not running");
  return *known.process;
}

std::string Cluster::log_tail(int broker, int lines) const {
  return last_lines(read_file(brokers_.at(static_cast<std::size_t>(broker))->folder + "/log.txt"), lines);
}

}  // namespace millrace::e2e
