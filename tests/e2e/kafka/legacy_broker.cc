#include "tests/e2e/kafka/legacy_broker.h"

#include <chrono>
#include <stdexcept>
#include <thread>

#include "tests/e2e/kafka/admin.h"
#include "tests/e2e/kafka/cluster.h"

namespace millrace::e2e {

LegacyBroker::LegacyBroker(const std::string& version) : jars_(require_kafka(version)) {
  const std::string folder = folder_.path(), zookeeper = "127.0.0.1:" + std::to_string(zookeeper_port_.number());
  write_file(folder + "/log1.properties",
             "log4j.rootLogger=INFO, out\nlog4j.appender.out=org.apache.log4j.ConsoleAppender\n"
             "log4j.appender.out.layout=org.apache.log4j.PatternLayout\n"
             "log4j.appender.out.layout.ConversionPattern=%d{ISO8601} %p %c{1}: %m%n\n");
  write_file(folder + "/zookeeper.properties",
             "dataDir=" + folder + "/zookeeper\nclientPortAddress=127.0.0.1\nclientPort=" +
                 std::to_string(zookeeper_port_.number()) + "\nmaxClientCnxns=0\nadmin.enableServer=false\n");
  write_file(folder + "/server.properties",
             "broker.id=1\nlisteners=PLAINTEXT://" + bootstrap() + "\nzookeeper.connect=" + zookeeper +
                 "\nzookeeper.connection.timeout.ms=30000\nlog.dirs=" + folder +
                 "/data\nnum.partitions=4\nauto.create.topics.enable=true\noffsets.topic.num.partitions=4\n"
                 "offsets.topic.replication.factor=1\ngroup.initial.rebalance.delay.ms=0\n"
                 "group.min.session.timeout.ms=1000\nlog.cleaner.dedupe.buffer.size=16777216\n");
  const auto start = [&](const std::string& program, const std::string& properties, const std::string& log) {
    std::vector<std::string> command = java(jars_, "256m", false, folder + "/log");
    command.insert(command.end(), {program, folder + "/" + properties});
    return std::make_unique<Process>(Command{command, {}, folder + "/" + log, folder});
  };
  zookeeper_ = start("org.apache.zookeeper.server.quorum.QuorumPeerMain", "zookeeper.properties", "zookeeper.txt");
  broker_ = start("kafka.Kafka", "server.properties", "broker.txt");
  Admin admin(bootstrap());
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(90);
  while (admin.live_brokers() == 0) {
    if (!broker_->is_running() || std::chrono::steady_clock::now() > deadline)
      throw std::runtime_error("Apache Kafka " + version + " did not start:\n" + broker_->tail() +
                               zookeeper_->tail(10));
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

}  // namespace millrace::e2e
