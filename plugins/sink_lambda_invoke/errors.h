// The plugin's rows for `millrace explain` and the reference. Ids are MR4001 to MR4019 for what the configuration and
// the endpoint do, MR4020 on for what the function does; they never change their meaning.
#pragma once
#include <millrace/plugin.h>

namespace millrace::lambda_invoke {

inline constexpr mr_error_info kErrors[] = {
    {"MR4001", "The function's name cannot be read",
     "function or qualifier is not what the Invoke API takes: a name, a partial ARN or a full ARN, with or without a "
     "version, an alias or $LATEST.",
     "Write it as `aws lambda get-function` shows it. A qualifier stands either behind the name or in qualifier."},
    {"MR4002", "The endpoint is not a URL",
     "endpoint, AWS_ENDPOINT_URL_LAMBDA or AWS_ENDPOINT_URL is not of the form http://HOST:PORT or https://HOST/PATH.",
     "Write the URL without user name, query and fragment."},
    {"MR4003", "The region is missing or wrong",
     "AWS Lambda is addressed by region, and none was given, or it contradicts the function's ARN.",
     "Set region or AWS_REGION, or name the function by its full ARN."},
    {"MR4004", "There are no credentials to sign with",
     "The endpoint is AWS's own, or sign is always, and no credentials were found; or sign is never for an endpoint of "
     "AWS's. Nothing was sent.",
     "Give credentials, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile, or set endpoint for a "
     "function "
     "that is not on AWS."},
    {"MR4005", "The credentials are incomplete",
     "Keys, profile or shared file that the configuration or the environment names are not there, not complete, or of "
     "a "
     "kind that is not in this version.",
     "Give both access_key_id and secret_access_key, or a profile that holds both."},
    {"MR4006", "The root_ca cannot be used", "The secret that root_ca names holds no certificate in PEM.",
     "Store the authority's certificate, beginning with -----BEGIN CERTIFICATE-----."},
    {"MR4010", "The function does not exist",
     "The endpoint answered 404: there is no such function or qualifier there.",
     "Correct function, qualifier, region or endpoint, or create the function. Until then nothing is finished and one "
     "request probes at maximum back-off."},
    {"MR4011", "The endpoint denies access",
     "The endpoint answered 401 or 403: the signature is not accepted or the identity may not invoke the function.",
     "Allow lambda:InvokeFunction for the identity; check the keys and the machine's clock. Until then nothing is "
     "finished."},
    {"MR4012", "The endpoint refuses the request",
     "The endpoint answered 400, 415, a redirect or another reply that repeating will not change.",
     "Read the endpoint's words in the message; is it Lambda's Invoke API? Until then nothing is finished."},
    {"MR4013", "The request is larger than the function takes",
     "The endpoint answered 413, or the request has more than 6 MiB.",
     "It is split in two and tried again; one record alone becomes a dead letter. Lower batch.bytes if this is "
     "frequent."},
    {"MR4014", "The function is throttled",
     "The endpoint answered 429: the function's or the account's concurrency or request rate is used up.",
     "It is tried again after Retry-After; this does not count as an attempt. Raise the function's concurrency or "
     "lower "
     "delivery.max_in_flight."},
    {"MR4015", "The endpoint is not able to answer", "The endpoint answered 408, 409 or 5xx.",
     "It is tried again; this does not count as an attempt."},
    {"MR4016", "The endpoint cannot be reached",
     "No connection, or it broke before the reply was whole: the name does not resolve, the port is closed, a reset.",
     "It is tried again; this does not count as an attempt. Check endpoint, network and firewall."},
    {"MR4017", "The endpoint did not reply in time", "timeout or connect_timeout has passed without a whole reply.",
     "It is tried again; this does not count as an attempt. Give timeout more than the function's own timeout."},
    {"MR4018", "There is no trusted TLS connection to the endpoint",
     "No authority that is trusted here signed the endpoint's certificate, it has expired or is for another name, or "
     "the "
     "endpoint speaks nothing newer than TLS 1.1.",
     "Give the authority's certificate as root_ca, or correct the endpoint's name."},
    {"MR4019", "The request was given up", "The pipeline stopped before the endpoint replied.",
     "Nothing was finished; the records are delivered again after the start. A longer delivery.drain_timeout waits "
     "longer."},
    {"MR4020", "The function failed",
     "The endpoint answered with X-Amz-Function-Error: the function threw, timed out or exited.",
     "The whole request is tried again and it counts as an attempt. The function's log has the rest."},
    {"MR4021", "The function's reply is too large", "The reply has more than 6 MiB, which AWS does not allow either.",
     "It counts as a failure of the function. Return less."}};

}  // namespace millrace::lambda_invoke
