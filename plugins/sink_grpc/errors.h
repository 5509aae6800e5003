// The plugin's rows for `millrace explain` and the reference. Ids are MR4101 to MR4109 for what the configuration does,
// MR4110 on for what the way to the function does, MR4130 on for what the function does; they never change their
// meaning.
#pragma once
#include <millrace/plugin.h>

namespace millrace::grpc_sink {

inline constexpr mr_error_info kErrors[] = {
    {"MR4101", "The target is not an address",
     "target is neither HOST:PORT, [IPv6]:PORT nor unix:PATH; other schemes of gRPC (dns:, xds:) are not accepted.",
     "Write the function's host and port, or unix: and the path of its socket."},
    {"MR4102", "A name or value in metadata is not allowed",
     "Names consist of a-z, 0-9, '-', '_' and '.', do not begin with grpc- and are not gRPC's own; values are "
     "printable "
     "ASCII, for a name in -bin any bytes.",
     "Correct the entry; a secret often ends in a line break, which is cut off, but has none inside."},
    {"MR4103", "The root_ca cannot be used", "The secret that tls.root_ca names holds no certificate in PEM.",
     "Store the authority's certificate, beginning with -----BEGIN CERTIFICATE-----."},
    {"MR4104", "The client's certificate cannot be used",
     "The secret that tls.credentials names is neither PEM of a certificate and its key, nor JSON with certificate and "
     "privateKey; or the key does not fit the certificate, or its password is wrong.",
     "Store both: the certificate first, then intermediate ones, and the private key."},
    {"MR4110", "The function does not exist there",
     "The server answered NOT_FOUND or UNIMPLEMENTED: it does not offer millrace.function.v1.FunctionService, or not "
     "the method that mode asks for.",
     "Correct target or mode, or register the service with the server. Until then nothing is finished and one request "
     "probes at maximum back-off."},
    {"MR4111", "The function denies access",
     "The server answered UNAUTHENTICATED or PERMISSION_DENIED: it does not accept the metadata or the certificate.",
     "Correct metadata or tls.credentials, or allow the client. Until then nothing is finished."},
    {"MR4112", "The request is larger than the function takes",
     "The server answered RESOURCE_EXHAUSTED because the message is larger than its limit, or it is larger than "
     "max_message_bytes.",
     "It is split in two and tried again; one record alone becomes a dead letter. Raise the server's limit and "
     "max_message_bytes, or lower max_message_bytes to the server's limit."},
    {"MR4113", "The function is not able to answer",
     "The server answered with a status that says nothing about the records: overloaded, aborted, internal, unknown.",
     "It is tried again, after grpc-retry-pushback-ms where the server sent it; this does not count as an attempt."},
    {"MR4114", "The function cannot be reached",
     "No connection, or it broke before the answer: the name does not resolve, the port is closed, a reset, a restart.",
     "It is tried again; this does not count as an attempt. Check target, network and firewall; a server with TLS "
     "needs "
     "tls."},
    {"MR4115", "The function did not answer in time", "timeout has passed without an answer.",
     "It is tried again; this does not count as an attempt. Give timeout more than the function needs."},
    {"MR4116", "There is no trusted TLS connection to the function",
     "No authority that is trusted here signed the server's certificate, it has expired or is for another name, or the "
     "server has no TLS.",
     "Give the authority's certificate as tls.root_ca, the name in the certificate as tls.server_name."},
    {"MR4117", "The stream ended with requests under way",
     "The server ended the call of InvokeStream, or the connection broke, before these requests were answered.",
     "All of them are tried again on a new stream; this does not count as an attempt. A function answers a single "
     "request with an outcome, not by ending the stream."},
    {"MR4118", "The request was given up", "The pipeline stopped before the function answered.",
     "Nothing was finished; the records are delivered again after the start. A longer delivery.drain_timeout waits "
     "longer."},
    {"MR4130", "The function failed",
     "The function answered with OUTCOME_RETRY, OUTCOME_PARTIAL, INVALID_ARGUMENT or FAILED_PRECONDITION.",
     "The request, or the failed part of it, is tried again and it counts as an attempt. The function's log has the "
     "rest."},
    {"MR4131", "The function rejected the records", "The function answered with OUTCOME_REJECT.",
     "The records are dead letters: `millrace dead-letters list` shows them with the function's words."},
    {"MR4132", "The function's answer cannot be understood",
     "The response is no InvokeResponse, has an outcome that this version does not know, another request's id, names "
     "records that are not in the request, or is too large.",
     "It counts as a failure of the function. Build the function from this version's function.proto and return the "
     "request's request_id."}};

}  // namespace millrace::grpc_sink
