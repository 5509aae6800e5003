// What this plugin's error ids mean, for `millrace explain` and the error reference. Ascending.
#pragma once

#include <millrace/plugin.h>

namespace millrace::kafka {

inline constexpr mr_error_info kErrors[] = {
    {"MR3001", "A connection property is not known to the Kafka source",
     "An auth component gave a property that this source cannot apply, so connecting without it would be "
     "another connection than the one asked for.",
     "Remove the auth component, or use a source that supports it."},
    {"MR3002", "A librdkafka property may not be set",
     "The property under librdkafka: belongs to the host, to the auth components, or would lose records.",
     "Remove it. The message says what sets it instead."},
    {"MR3003", "librdkafka refuses a property", "Its name or value is not one that librdkafka takes.",
     "Correct it; librdkafka's CONFIGURATION.md lists names and values."},
    {"MR3004", "A field of the Kafka source is wrong", "The field in the message does not make sense.",
     "Correct it as the message says."},
    {"MR3011", "No broker can be reached",
     "Every connection fails. The second line has the first reason seen: a refused connection, a name that "
     "does not resolve, a timeout.",
     "Check that the brokers run and nothing blocks the port. Connecting is tried again by itself."},
    {"MR3012", "SASL authentication failed", "The brokers refused the user, the password or the mechanism.",
     "Check the secret and the mechanism, and that the user exists on this cluster."},
    {"MR3013", "Server failed to authenticate Lambda",
     "The brokers want a client certificate, or do not trust the one given.",
     "Give a client certificate that the brokers' trust store accepts."},
    {"MR3014", "Lambda failed to authenticate server",
     "A broker's certificate has expired, is for another name, or is signed by a CA that is not known.",
     "Give the CA as root_ca of auth: [{type: tls}], and connect by the names in the certificate."},
    {"MR3015", "Provided certificate or private key is invalid", "The text is not PEM, or is damaged.",
     "Give the certificate as PEM, unbroken, headers included."},
    {"MR3016", "Cluster failed to authorize Lambda", "An ACL is missing.",
     "Allow Describe and Read on the topic and on the group, DescribeConfigs on the cluster."},
    {"MR3017", "TLS is on at one end only", "The listener speaks TLS and the pipeline does not, or the reverse.",
     "Compare the port with the brokers' listeners; auth: [{type: tls}] turns TLS on."},
    {"MR3020", "The topic does not exist", "The brokers do not know it, or hide it from this user.",
     "Create it, or correct the name. Consuming starts by itself."},
    {"MR3021", "Partitions were taken away",
     "The cluster heard nothing from this host within session_timeout and gave its partitions to others.",
     "It rejoins by itself. If it comes back, look for a frozen or overloaded machine."},
    {"MR3022", "The position of a partition is lost",
     "The record to go on with was deleted by retention, or the log was cut off.",
     "Decide with on_offset_lost: earliest or latest, after looking at what is missing."},
    {"MR3023", "The group's committed offsets are gone",
     "The group had committed for this topic before; the cluster forgets a group that is empty for long.",
     "Set the group's offsets with Kafka's own tool, or set on_offset_lost."},
    {"MR3024", "AT_TIMESTAMP needs a newer Kafka", "Brokers before 0.10.1 cannot look up offsets by time.",
     "Use TRIM_HORIZON or LATEST, or upgrade."},
    {"MR3025", "The host did not poll in time",
     "Longer than max.poll.interval.ms passed between two polls, so the client left the group.",
     "It rejoins by itself. If it comes back, the process was frozen: look at the machine."},
    {"MR3026", "Another host uses this host's id",
     "A member with the same static id joined the group and this one was fenced off.", "Give each host its own id."},
    {"MR3027", "The Kafka client failed", "librdkafka reported an error from which a client cannot recover.",
     "It is opened anew by itself. If it comes back, report it with the log."},
    {"MR3028", "The group uses another assignment protocol",
     "The group's other members distribute partitions in a way that this client does not speak.",
     "Let them use range, roundrobin or cooperative-sticky, or choose another group."},
    {"MR3029", "Positions are not being committed", "The group's coordinator does not answer.",
     "Look at the brokers. Delivery goes on; after a restart what is uncommitted comes again."},
};

}  // namespace millrace::kafka
